import { floatText, toInteger } from "./python-number.ts";

/**
 * A trait or context value as the server's engine sees it.
 *
 * A number is an integer, and so is a bigint, which lies beyond 2^53; a float is a {@link Float}.
 */
export type Coerced = boolean | number | bigint | Float | string;

/** A float, also one without fraction, like the one the text `1.0` stands for. */
export class Float extends Number {}

const numberPattern = /^-?[0-9]+(\.[0-9]+)?$/;

/**
 * What a raw value counts as. Texts that are plain decimal numbers are numbers, `"007"` and `"1.10"` included;
 * objects and lists are null.
 */
export function coerce(raw: unknown): Coerced | null {
  switch (typeof raw) {
    case "string":
      return coerceText(raw);
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

/** The text that Python's `str` gives for a value. */
export function textOf(value: Coerced): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return value instanceof Float ? floatText(Number(value)) : String(value);
}

/** The text of a JSON value that stands where a text belongs. */
export function textOfJson(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const coerced = coerce(value);
  if (coerced !== null) return textOf(coerced);
  return value === null ? "None" : undefined;
}

function coerceText(text: string): Coerced {
  const first = text.charCodeAt(0);
  const maybe = first === 45 || (first >= 48 && first <= 57);
  const match = maybe ? numberPattern.exec(text) : null;
  if (match === null) return text;
  return match[1] === undefined ? (toInteger(text) ?? text) : new Float(text);
}
