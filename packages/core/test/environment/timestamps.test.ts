import { expect, it } from "vitest";
import { parseMicros } from "../../src/environment/timestamps.ts";

it.each([
  ["2026-11-22T12:49:28.718737+00:00", 1795351768718737],
  ["2026-11-22T12:49:28.718737Z", 1795351768718737],
  ["2026-11-22T14:49:28.718737+02:00", 1795351768718737],
  ["2026-11-22T12:49:28.7+00:00", 1795351768700000],
  ["2026-11-22T12:49:28.718737999Z", 1795351768718737],
  ["2026-11-22T12:49:28Z", 1795351768000000],
  ["2026-11-22T12:49:28.718737", 1795351768718737],
  ["2026-11-22T12:49:28", 1795351768000000],
  ["1969-12-31T23:59:59.500000Z", -500000],
])("%s is %i microseconds since the epoch", (iso, micros) => {
  expect(parseMicros(iso)).toBe(micros);
});

it.each([undefined, "", "yesterday"])("%j is not a date", (text) => {
  expect(parseMicros(text)).toBeUndefined();
});

it("the seconds of an event convert to the same microseconds", () => {
  for (let micros = 1795351768718000; micros < 1795351768719000; micros++) {
    const seconds = JSON.parse(String(micros / 1e6));
    expect(Math.round(seconds * 1e6)).toBe(micros);
  }
});
