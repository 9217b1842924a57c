import { expect, it } from "vitest";
import { compareDocuments, isRestored } from "../../src/environment/document-order.ts";

const early = "2026-01-01T00:00:00.000001Z";
const late = "2026-01-01T00:00:00.000002Z";
const current = { digest: "a", updatedAt: early, sentAt: 10 };

it.each([
  ["the first document", undefined, { digest: "b", updatedAt: early, sentAt: 0 }, "newer"],
  ["the same text", current, { digest: "a", updatedAt: early, sentAt: 20 }, "same"],
  ["the same text, late", current, { digest: "a", updatedAt: early, sentAt: 5 }, "same"],
  ["a later date", current, { digest: "b", updatedAt: late, sentAt: 20 }, "newer"],
  ["a later date, sent before", current, { digest: "b", updatedAt: late, sentAt: 5 }, "newer"],
  ["an equal date", current, { digest: "b", updatedAt: early, sentAt: 20 }, "newer"],
  ["an equal date, sent before", current, { digest: "b", updatedAt: early, sentAt: 5 }, "late"],
  ["no date", current, { digest: "b", updatedAt: undefined, sentAt: 20 }, "newer"],
  ["no date, sent before", current, { digest: "b", updatedAt: undefined, sentAt: 5 }, "late"],
  [
    "an earlier date",
    { ...current, updatedAt: late },
    { digest: "b", updatedAt: early, sentAt: 20 },
    "older",
  ],
  [
    "an earlier date, sent before",
    { ...current, updatedAt: late },
    { digest: "b", updatedAt: early, sentAt: 5 },
    "late",
  ],
] as const)("compares %s", (_name, held, candidate, order) => {
  expect(compareDocuments(held, candidate)).toBe(order);
});

it.each([
  [60_000, 299_999, 9, false],
  [60_000, 300_000, 9, true],
  [60_000, 300_000, 3, false],
  [600_000, 1_799_999, 4, false],
  [600_000, 1_800_000, 4, true],
])(
  "older documents at an interval of %i ms for %i ms, %i times: %s",
  (intervalMs, ms, count, result) => {
    expect(isRestored({ since: 1000, count }, { now: 1000 + ms, intervalMs })).toBe(result);
  },
);
