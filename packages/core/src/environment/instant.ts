/** Microseconds since the epoch of an ISO 8601 date, as Flagsmith has them: `Date` stops at milliseconds. */
export function microsOf(iso: string | undefined): number | undefined {
  const milliseconds = Date.parse(iso ?? "");
  if (Number.isNaN(milliseconds)) return undefined;
  const fraction = /\.(\d+)/.exec(iso ?? "")?.[1] ?? "";
  return Math.floor(milliseconds / 1000) * 1e6 + Number(fraction.padEnd(6, "0").slice(0, 6));
}
