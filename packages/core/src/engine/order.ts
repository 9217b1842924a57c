/** Of what has no priority: it comes last. */
export const lastPriority: number = Number.POSITIVE_INFINITY;

/** Below, at or above zero, as sorting wants it; numbers and bigints compare with each other exactly. */
export function compare<T extends string | number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
