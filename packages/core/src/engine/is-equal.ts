/**
 * Compares values of JSON by their texts. Members in another order count as a difference, and so do values without a
 * text.
 */
export function isEqual(a: unknown, b: unknown): boolean {
  return a === b || toJson(a) === toJson(b);
}

/** The text of a value of JSON. `NaN`, which equals nothing, if the value is nested too deeply. */
export type JsonText = string | number;

/** Writes a value of JSON. */
export function toJson(value: unknown): JsonText {
  try {
    return JSON.stringify(value);
  } catch {
    return Number.NaN;
  }
}
