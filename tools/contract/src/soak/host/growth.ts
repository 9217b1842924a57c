/** Typical value of each third of a series. */
export interface Thirds {
  readonly first: number;
  readonly middle: number;
  readonly last: number;
}

/** Returns the median of each third of the samples. It is `NaN` if there are too few. */
export function computeThirds(samples: readonly number[]): Thirds {
  const third = (part: number) => {
    const start = Math.floor((samples.length * part) / 3);
    return computeMedian(samples.slice(start, Math.floor((samples.length * (part + 1)) / 3)));
  };
  return { first: third(0), middle: third(1), last: third(2) };
}

/**
 * Returns whether the last third exceeds the middle one by more than `tolerance` and 5 %. The first third does
 * not count, because code is compiled and caches are filled.
 */
export function hasGrown({ middle, last }: Thirds, tolerance: number): boolean {
  return last > middle + Math.max(tolerance, middle * 0.05);
}

function computeMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
