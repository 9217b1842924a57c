import { floatText, toInteger } from "./python-number.ts";

/**
 * A trait or context value as the server's engine sees it.
 *
 * A number without fraction is an integer; a float that has none is a {@link WholeFloat}; a bigint is an integer
 * beyond 2^53.
 */
export type Coerced = boolean | number | bigint | WholeFloat | string;

/** A float without fraction, like the one the text `1.0` stands for. */
export class WholeFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

const NUMBER = /^-?[0-9]+(\.[0-9]+)?$/;

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
      if (Math.abs(raw) < 1e21) return raw;
      return Number.isFinite(raw) ? new WholeFloat(raw) : null;
    default:
      return null;
  }
}

/** The text that Python's `str` gives for a value. */
export function textOf(value: Coerced): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value instanceof WholeFloat) return floatText(value.value);
  return typeof value === "number" && !Number.isInteger(value) ? floatText(value) : String(value);
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
  const match = maybe ? NUMBER.exec(text) : null;
  if (match === null) return text;
  if (match[1] === undefined) return toInteger(text) ?? text;
  const value = Number(text);
  return Number.isInteger(value) ? new WholeFloat(value) : value;
}
