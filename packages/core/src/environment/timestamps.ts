import type { Timers } from "../platform/platform.ts";

/**
 * Parses an ISO 8601 date to milliseconds since the epoch. Returns NaN if it is not a date.
 *
 * A date without a zone is in UTC, as Python writes it.
 */
export function parseMillis(iso: string): number {
  // `Date.parse` alone accepts "202622" (the year 202622) and "page 5".
  if (!/^\d{4}-\d\d-\d\d(T[\d:.Z+-]+)?$/i.test(iso)) return Number.NaN;
  return Date.parse(/T[^Z+-]*$/i.test(iso) ? `${iso}Z` : iso);
}

/** Parses an ISO 8601 date to microseconds since the epoch, or to NaN. `Date` has only milliseconds. */
export function parseMicros(iso: string | undefined = ""): number {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? "";
  return Math.floor(parseMillis(iso) / 1000) * 1e6 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

/** Larger differences between two clocks of a fleet are treated as a wrong clock. */
const maxClockSkewMs = 60_000;

/** Whether a time can only come from a wrong clock. Times are in milliseconds since the epoch. */
export function isFromTheFuture(time: number, timers: Timers): boolean {
  return time > timers.now() + maxClockSkewMs;
}

/** Whether a date is later than another. False if either is not a date. */
export function isLater(iso: string | undefined, other: string | undefined): boolean {
  return iso !== other && parseMicros(iso) > parseMicros(other);
}
