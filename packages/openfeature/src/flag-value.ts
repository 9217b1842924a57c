import type { FlagValue } from "@flagsmith-isomorphic/core/adapter";
import { ErrorCode, type JsonValue } from "@openfeature/server-sdk";

/** A value of the requested type, or why there is none. `problem` completes "the value …". */
export type ReadValue<T> =
  | { readonly value: T }
  | { readonly code: ErrorCode; readonly problem: string };

/** The value of a flag. `undefined` for a default flag without a value. */
type StoredValue = FlagValue | undefined;

/** A number of JSON. Other texts that `Number` accepts, such as `0x10`, are identifiers rather than numbers. */
const numberPattern = /^\s*-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?\s*$/i;

export function readBoolean(value: StoredValue): ReadValue<boolean> {
  return typeof value === "boolean" ? { value } : mismatch("a boolean");
}

/** Numbers become text, because Flagsmith stores a text such as `42` as a number. */
export function readString(value: StoredValue): ReadValue<string> {
  if (typeof value === "string") return { value };
  return typeof value === "number" ? { value: String(value) } : mismatch("a text");
}

/** Text that contains a number becomes one, because Flagsmith has no type for fractions. */
export function readNumber(value: StoredValue): ReadValue<number> {
  if (typeof value === "number") return { value };
  const isNumber = typeof value === "string" && numberPattern.test(value);
  return isNumber ? { value: Number(value) } : mismatch("a number");
}

/** Parses a text that begins like an object or an array. */
export function readObject(value: StoredValue): ReadValue<JsonValue> {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value))
    return mismatch("an object or an array");
  try {
    return { value: JSON.parse(value) };
  } catch {
    return { code: ErrorCode.PARSE_ERROR, problem: "is not valid JSON" };
  }
}

function mismatch(type: string): { readonly code: ErrorCode; readonly problem: string } {
  return { code: ErrorCode.TYPE_MISMATCH, problem: `is not ${type}` };
}
