/** Milliseconds since the epoch of an ISO 8601 date; NaN for what is none. Without a zone it is UTC, as Python means it. */
export function millisOf(iso: string | undefined = ""): number {
  return Date.parse(/T[^Z+-]*$/i.test(iso) ? `${iso}Z` : iso);
}

/** Microseconds since the epoch of an ISO 8601 date, as Flagsmith has them: `Date` stops at milliseconds. */
export function microsOf(iso: string | undefined): number | undefined {
  const milliseconds = millisOf(iso);
  if (Number.isNaN(milliseconds)) return undefined;
  const fraction = /\.(\d+)/.exec(iso ?? "")?.[1] ?? "";
  return Math.floor(milliseconds / 1000) * 1e6 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

/** Whether a date is later than another; `false` where one of them is none. */
export function isLater(iso: string | undefined, other: string | undefined): boolean {
  return (microsOf(iso) ?? Number.NaN) > (microsOf(other) ?? Number.NaN);
}
