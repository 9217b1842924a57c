import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { isLater, parseMicros } from "../../src/environment/timestamps.ts";
import { fuzz, fuzzTimeoutMs } from "../fuzz.ts";

it.each([
  ["2026-11-22T12:49:28.718737+00:00", 1795351768718737],
  ["2026-11-22T12:49:28.718737Z", 1795351768718737],
  ["2026-11-22T14:49:28.718737+02:00", 1795351768718737],
  ["2026-11-22T12:49:28.7+00:00", 1795351768700000],
  ["2026-11-22T12:49:28.718737999Z", 1795351768718737],
  ["2026-11-22T12:49:28Z", 1795351768000000],
  ["2026-11-22T12:49:28.718737", 1795351768718737],
  ["2026-11-22T12:49:28", 1795351768000000],
  ["2026-11-22", 1795305600000000],
  ["1969-12-31T23:59:59.500000Z", -500000],
])("%s is %i microseconds since the epoch", (iso, micros) => {
  expect(parseMicros(iso)).toBe(micros);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

it("a date without a time zone is in UTC, whatever the local time zone", () => {
  vi.stubEnv("TZ", "America/New_York");
  expect(parseMicros("2026-11-22T12:49:28.718737")).toBe(1795351768718737);
  expect(parseMicros("2026-11-22")).toBe(1795305600000000);
});

it.each([
  undefined,
  "",
  "yesterday",
  "page 5",
  "202622",
  "2026-13-01T00:00:00Z",
  "2026-11-22T25:00:00Z",
  "x2026-11-22T12:49:28Z",
  "on 2026-11-22",
  "2026-11-22 page 5",
  "2026-11-22, 5:30",
  "2026-11-22T12:49:28Zx",
])("%j is not a date", (text) => {
  expect(parseMicros(text)).toBeNaN();
});

it("the seconds of an event convert to the same microseconds", () => {
  for (let micros = 1795351768718000; micros < 1795351768719000; micros++) {
    const seconds = JSON.parse(String(micros / 1e6));
    expect(Math.round(seconds * 1e6)).toBe(micros);
  }
});

/** Microseconds since the epoch of the years 1970 to 2100. */
const micros = fc.integer({ min: 0, max: 4_102_444_800_000_000 });

it("a date of any offset and with any number of digits is read exactly", {
  timeout: fuzzTimeoutMs,
}, () => {
  const dates = fc.record({
    micros,
    offsetMinutes: fc.integer({ min: -839, max: 839 }),
    digits: fc.integer({ min: 0, max: 9 }),
  });
  return fuzz("dates of documents", dates, ({ micros, offsetMinutes, digits }) => {
    const seconds = Math.floor(micros / 1e6);
    const local = new Date((seconds + offsetMinutes * 60) * 1000).toISOString().slice(0, 19);
    const fraction = String(micros % 1e6)
      .padStart(6, "0")
      .padEnd(9, "7")
      .slice(0, digits);
    const kept = Number(fraction.padEnd(6, "0").slice(0, 6));
    const text = `${local}${digits > 0 ? `.${fraction}` : ""}${toOffset(offsetMinutes)}`;
    expect(parseMicros(text)).toBe(seconds * 1e6 + kept);
  });
});

it("any text is a date or none, and dates have one order", { timeout: fuzzTimeoutMs }, () => {
  const parts = ["2026", "-", "11", "22", "T", "12:49:28", ".", "718737", "Z", "+02:00", " ", "e9"];
  const texts = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...parts), { maxLength: 12 }).map((list) => list.join("")),
    micros.map((time) => new Date(time / 1000).toISOString()),
  );
  return fuzz("texts as dates", fc.tuple(texts, texts), ([text, other]) => {
    const [time, otherTime] = [parseMicros(text), parseMicros(other)];
    for (const value of [time, otherTime]) expect(value || 0).toSatisfy(Number.isInteger);
    expect(isLater(text, text)).toBe(false);
    const isComparable = !Number.isNaN(time - otherTime) && time !== otherTime;
    expect(isLater(text, other) || isLater(other, text)).toBe(isComparable);
  });
});

function toOffset(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const format = (value: number) => String(value).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${format(hours)}:${format(rest)}`;
}
