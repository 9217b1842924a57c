import { formatFloat, toInteger } from "./python-number.ts";

/**
 * A trait or context value with the type that the server's engine gives it. A number or bigint is an integer, a float
 * is a {@link Float}.
 */
export type TypedValue = boolean | number | bigint | Float | string;

/** A float, even without a fraction: the text `1.0` is one. */
export class Float extends Number {}

const decimalPattern = /^-?[0-9]+(\.[0-9]+)?$/;

/**
 * Gives a raw value its type. A text that is a plain decimal number becomes a number, also `"007"` and `"1.10"`.
 * Objects and lists become `null`.
 */
export function toTypedValue(raw: unknown): TypedValue | null {
  switch (typeof raw) {
    case "string":
      return parseText(raw);
    case "boolean":
      return raw;
    case "number":
      // JSON writes numbers from 1e21 on with an exponent, which makes them floats for the server.
      if (Number.isInteger(raw) && Math.abs(raw) < 1e21) return raw;
      return Number.isFinite(raw) ? new Float(raw) : null;
    default:
      return null;
  }
}

/** Formats a value like Python's `str`. */
export function toPythonText(value: TypedValue): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return value instanceof Float ? formatFloat(Number(value)) : String(value);
}

/** Formats a JSON value that is used as a text. Returns `undefined` for objects and lists. */
export function toOperandText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const typed = toTypedValue(value);
  if (typed !== null) return toPythonText(typed);
  return value === null ? "None" : undefined;
}

function parseText(text: string): TypedValue {
  const first = text.charCodeAt(0);
  const startsLikeNumber = first === 45 || (first >= 48 && first <= 57);
  const match = startsLikeNumber ? decimalPattern.exec(text) : null;
  if (!match) return text;
  return match[1] === undefined ? (toInteger(text) ?? text) : new Float(text);
}
