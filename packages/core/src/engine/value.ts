import { floatText, toInteger } from "./python-number.ts";

/**
 * A trait or context value as the server's engine sees it.
 *
 * A number without fraction is an integer; a float that has none is a {@link WholeFloat}; a bigint is an integer
 * beyond 2^53.
 */
export type Coerced = null | boolean | number | bigint | WholeFloat | string;

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
export function coerce(raw: unknown): Coerced {
  switch (typeof raw) {
    case "string":
      return coerceText(raw);
    case "boolean":
      return raw;
    case "number":
      // JSON writes numbers from 1e21 on with an exponent, which makes them floats for the server.
      if (!Number.isFinite(raw)) return null;
      return Math.abs(raw) < 1e21 ? raw : new WholeFloat(raw);
    default:
      return null;
  }
}

/** The text that Python's `str` gives for a value. */
export function textOf(value: Exclude<Coerced, null>): string {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
      return value ? "True" : "False";
    case "bigint":
      return String(value);
    case "number":
      return Number.isInteger(value) ? String(value) : floatText(value);
    default:
      return floatText(value.value);
  }
}

/** The text of a JSON value that stands where a text belongs. */
export function textOfJson(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (value === null) return "None";
  const coerced = coerce(value);
  return coerced === null ? undefined : textOf(coerced);
}

function coerceText(text: string): Coerced {
  const first = text.charCodeAt(0);
  const maybe = first === 45 || (first >= 48 && first <= 57);
  if (!maybe) return text;
  const match = NUMBER.exec(text);
  if (match === null) return text;
  if (match[1] === undefined) return toInteger(text) ?? text;
  const value = Number(text);
  return Number.isInteger(value) ? new WholeFloat(value) : value;
}
