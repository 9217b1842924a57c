/** The priority of a segment or variant that has none: it comes last. */
export const lastPriority: number = Number.POSITIVE_INFINITY;

/** Returns a number below, at or above zero, for sorting. Numbers and bigints are compared exactly. */
export function compare<T extends string | number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares texts by code points. UTF-16 units have another order if a surrogate meets U+E000–FFFF. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return moveSurrogatesUp(left) - moveSurrogatesUp(right);
  }
  return a.length - b.length;
}

function moveSurrogatesUp(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x2800 : unit;
}
