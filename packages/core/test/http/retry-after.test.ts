import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { parseRetryAfter } from "../../src/http/retry-after.ts";
import { fuzz, fuzzTimeoutMs } from "../fuzz.ts";

const now = Date.UTC(2026, 0, 1, 12, 0, 0);

function wait(retryAfter: string | undefined, date?: string): number | undefined {
  const headers = new Headers();
  if (retryAfter !== undefined) headers.set("Retry-After", retryAfter);
  if (date !== undefined) headers.set("Date", date);
  return parseRetryAfter(headers, now);
}

it.each([
  ["0", 0],
  ["1", 1000],
  ["2.5", 2500],
  ["2.25", 2250],
  [" 7 ", 7000],
  ["007", 7000],
  ["3600", 3_600_000],
])("reads %j as seconds", (text, expected) => {
  expect(wait(text)).toBe(expected);
});

it("reads the number of a mock whose headers are a Map", () => {
  const headers = new Map<string, unknown>([["retry-after", 2]]) as Map<string, never>;
  expect(parseRetryAfter({ get: (name) => headers.get(name) ?? null }, now)).toBe(2000);
});

it.each([
  "Thu, 01 Jan 2026 12:00:30 GMT",
  "Thursday, 01-Jan-26 12:00:30 GMT",
  "Thu Jan  1 12:00:30 2026",
])("compares the date %j with the local clock", (text) => {
  expect(wait(text)).toBe(30_000);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

it("reads a date without a time zone as GMT, whatever the local time zone", () => {
  vi.stubEnv("TZ", "America/New_York");
  expect(wait("Thu Jan  1 12:00:30 2026")).toBe(30_000);
});

const dates = fc.date({
  min: new Date(Date.UTC(2000, 0)),
  max: new Date(Date.UTC(2098, 0)),
  noInvalidDate: true,
});

it("waits from one date to the other, at most a day", { timeout: fuzzTimeoutMs }, () =>
  fuzz("Retry-After dates", fc.record({ date: dates, at: dates }), ({ date, at }) => {
    const seconds = Math.floor(at.getTime() / 1000) - Math.floor(date.getTime() / 1000);
    const expected = Math.min(Math.max(0, seconds), 86_400) * 1000;
    expect(wait(at.toUTCString(), date.toUTCString())).toBe(expected);
  }),
);

const texts = fc.string({
  unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
});

it("reads any text as a wait of at most a day, or not at all", { timeout: fuzzTimeoutMs }, () =>
  fuzz("Retry-After texts", fc.tuple(texts, texts), ([retryAfter, date]) => {
    const waitMs = wait(retryAfter, date) ?? 0;
    expect(waitMs).toBeGreaterThanOrEqual(0);
    expect(waitMs).toBeLessThanOrEqual(86_400_000);
  }),
);

it("compares a date with the response's own Date", () => {
  const inAnHour = "Thu, 01 Jan 2026 13:00:05 GMT";
  expect(wait(inAnHour, "Thu, 01 Jan 2026 13:00:00 GMT")).toBe(5000);
  expect(wait(inAnHour, "not a date")).toBe(3_605_000);
});

it("ignores spaces that a custom fetch leaves in the header", () => {
  expect(parseRetryAfter({ get: () => " 7 " }, now)).toBe(7000);
});

it.each(["31536000", "Fri, 01 Jan 2027 12:00:00 GMT", "9".repeat(400)])(
  "limits %s to a day",
  (text) => {
    expect(wait(text)).toBe(86_400_000);
  },
);

it("returns 0 for a past date", () => {
  expect(wait("Thu, 01 Jan 2026 11:59:00 GMT")).toBe(0);
});

it.each([
  undefined,
  "",
  "   ",
  "soon",
  "-5",
  "+5",
  "5s",
  "soon 5",
  "on Thu, 01 Jan 2026 12:00:30 GMT",
  "1,5",
  "1e3",
  "0x10",
  "5; 6",
  "NaN",
  "Infinity",
  ".",
])("ignores %j", (text) => {
  expect(wait(text)).toBeUndefined();
});
