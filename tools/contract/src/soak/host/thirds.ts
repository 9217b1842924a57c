/** What was typical in each third of a time. */
export interface Thirds {
  readonly first: number;
  readonly middle: number;
  readonly last: number;
}

/** The median of each third of the samples. */
export function thirdsOf(samples: readonly number[]): Thirds {
  const third = (part: number) =>
    median(
      samples.slice(
        Math.floor((samples.length * part) / 3),
        Math.floor((samples.length * (part + 1)) / 3),
      ),
    );
  return { first: third(0), middle: third(1), last: third(2) };
}

/** By more than `least` and a twentieth. The first third does not count: code is compiled, and caches are filled. */
export function hasGrown({ middle, last }: Thirds, least: number): boolean {
  return last > middle + Math.max(least, middle * 0.05);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
