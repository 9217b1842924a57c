import { expect, it } from "vitest";
import { fullJitter } from "../../src/platform/retry-policy.ts";

const policy = fullJitter({ retries: 3, baseMs: 500, maxMs: 8000 });

it.each([
  [1, 500],
  [2, 1000],
  [3, 2000],
  [5, 8000],
  [6, 8000],
  [20, 8000],
  [2000, 8000],
])("waits a random time up to the limit after attempt %i", (attempt, maxMs) => {
  const waits = Array.from({ length: 2000 }, () => policy.delay(attempt));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...waits)).toBeLessThan(maxMs);
  // The probability that none of 2,000 waits is in the lowest or highest 5 % is 1 in 10^44.
  expect(Math.min(...waits)).toBeLessThan(maxMs / 20);
  expect(Math.max(...waits)).toBeGreaterThan((maxMs * 19) / 20);
});

it.each([408, 425, 429, 500, 501, 502, 503, 504, 599])("retries status %i", (status) => {
  expect(policy.shouldRetry({ kind: "status", status, attempt: 1 })).toBe(true);
});

it.each([301, 304, 400, 401, 403, 404, 405, 409, 410, 415, 422, 499])(
  "does not retry status %i",
  (status) => {
    expect(policy.shouldRetry({ kind: "status", status, attempt: 1 })).toBe(false);
  },
);

it.each(["timeout", "network"] as const)("retries a %s", (kind) => {
  expect(policy.shouldRetry({ kind, status: undefined, attempt: 3 })).toBe(true);
});

it("keeps its number of retries", () => {
  expect(policy.retries).toBe(3);
});
