/** The priority of a segment or variant that has none: it comes last. */
export const lastPriority: number = Number.POSITIVE_INFINITY;

/** Returns a number below, at or above zero, for sorting. Numbers and bigints are compared exactly. */
export function compare<T extends string | number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
