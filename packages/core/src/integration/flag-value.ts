import type { FlagValue } from "../flags/flag.ts";
import type { JsonValue } from "../typed/value-type.ts";

/** A value of the requested type, or OpenFeature's code for why there is none. `problem` completes "the value …". */
export type RequestedValue<T> =
  | { readonly value: T }
  | { readonly code: "PARSE_ERROR" | "TYPE_MISMATCH"; readonly problem: string };

/** The value of a flag. `undefined` for a default flag without a value. */
type StoredValue = FlagValue | undefined;

/** A number of JSON. Other texts that `Number` accepts, such as `0x10`, are identifiers rather than numbers. */
const jsonNumber = /^\s*-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?\s*$/i;

/** Returns the value if it is a boolean. */
export function toBooleanValue(value: StoredValue): RequestedValue<boolean> {
  return typeof value === "boolean" ? { value } : mismatch("a boolean");
}

/** Numbers become text, because Flagsmith stores a text such as `42` as a number. */
export function toStringValue(value: StoredValue): RequestedValue<string> {
  if (typeof value === "string") return { value };
  return typeof value === "number" ? { value: String(value) } : mismatch("a text");
}

/** Text that contains a finite number becomes one, because Flagsmith has no type for fractions. */
export function toNumberValue(value: StoredValue): RequestedValue<number> {
  const number = typeof value === "string" && jsonNumber.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number)
    ? { value: number }
    : mismatch("a number");
}

/** Parses a text that begins like an object or an array. */
export function toObjectValue(value: StoredValue): RequestedValue<JsonValue> {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value))
    return mismatch("an object or an array");
  try {
    return { value: JSON.parse(value) };
  } catch {
    return { code: "PARSE_ERROR", problem: "is not valid JSON" };
  }
}

function mismatch(type: string): RequestedValue<never> {
  return { code: "TYPE_MISMATCH", problem: `is not ${type}` };
}
