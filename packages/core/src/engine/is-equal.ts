/**
 * Compares values of JSON by their texts. Members in another order count as a difference, and so do values without a
 * text, which are nested too deeply.
 */
export function isEqual(a: unknown, b: unknown): boolean {
  try {
    return a === b || JSON.stringify(a) === JSON.stringify(b);
  } catch {
    return false;
  }
}
