/** Nobody means to be left alone for longer, and a slip of the server must not end all refreshing. */
const maxMs = 86_400_000;

/**
 * The wait in milliseconds that a `Retry-After` header asks for, at most a day; `undefined` without a usable one.
 *
 * A date is read against the answer's own `Date`, so that a wrong clock here does no harm (RFC 9110, 10.2.3).
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, maxMs);
  const at = parseHttpDate(text);
  if (Number.isNaN(at)) return undefined;
  const serverNow = parseHttpDate(headers.get("date") ?? "");
  return Math.min(Math.max(0, at - (Number.isNaN(serverNow) ? now : serverNow)), maxMs);
}

/** NaN for what is no date; `Date.parse` alone makes one of "-5" or "soon 5". */
function parseHttpDate(text: string): number {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return Number.NaN;
  // The oldest of the three forms does not say that it is GMT (RFC 9110, 5.6.7).
  return Date.parse(/ \d{4}$/.test(text) ? `${text} GMT` : text);
}
