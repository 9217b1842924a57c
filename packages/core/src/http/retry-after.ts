import type { FetchResponse } from "../platform/platform.ts";

/** A bug of the server must not stop requests forever. */
const maxRetryAfterMs = 86_400_000;

/**
 * Reads a `Retry-After` header. Returns milliseconds, at most a day, or `undefined` without a valid one.
 *
 * A date is compared with the response's own `Date`, so that a wrong local clock does not matter (RFC 9110, 10.2.3).
 *
 * @param now - the local time in milliseconds since the epoch, for responses without a `Date`.
 */
export function parseRetryAfter(
  headers: FetchResponse["headers"],
  now: number,
): number | undefined {
  // The headers of a mock may be a Map with numbers.
  const text = String(headers.get("retry-after")).trim();
  const waitMs = /^\d+(\.\d+)?$/.test(text)
    ? Number(text) * 1000
    : parseHttpDate(text) - (parseHttpDate(headers.get("date") ?? "") || now);
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, waitMs), maxRetryAfterMs);
}

/** Returns NaN for an invalid date. `Date.parse` alone accepts "-5" and "soon 5". */
function parseHttpDate(text: string): number {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return Number.NaN;
  // The asctime format has no time zone and means GMT (RFC 9110, 5.6.7).
  return Date.parse(/ \d{4}$/.test(text) ? `${text} GMT` : text);
}
