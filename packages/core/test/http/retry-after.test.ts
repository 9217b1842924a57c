import { expect, it } from "vitest";
import { parseRetryAfter } from "../../src/http/retry-after.ts";

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

it.each([
  "Thu, 01 Jan 2026 12:00:30 GMT",
  "Thursday, 01-Jan-26 12:00:30 GMT",
  "Thu Jan  1 12:00:30 2026",
])("compares the date %j with the local clock", (text) => {
  expect(wait(text)).toBe(30_000);
});

it("compares a date with the response's own Date", () => {
  const inAnHour = "Thu, 01 Jan 2026 13:00:05 GMT";
  expect(wait(inAnHour, "Thu, 01 Jan 2026 13:00:00 GMT")).toBe(5000);
  expect(wait(inAnHour, "not a date")).toBe(3_605_000);
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
