/**
 * Compares values of JSON by their texts. Members in another order count as a difference, and so do values without a
 * text.
 */
export function isEqual(a: unknown, b: unknown): boolean {
  return a === b || toJson(a) === toJson(b);
}

/** Writes a value as JSON text. Returns the value itself if it is nested too deeply, or JSON cannot contain it. */
export function toJson(value: unknown): unknown {
  try {
    return JSON.stringify(value);
  } catch {
    return value;
  }
}
