import * as v from "valibot";
import { type FlagValue, isFlagValue } from "../flags/flag.ts";

// One kind of schema for all: each of the library's own costs an isolate more than a line here.
function typed<T>(type: "string" | "number" | "boolean"): v.CustomSchema<T, undefined> {
  return v.custom<T>((input) => typeof input === type && !Number.isNaN(input));
}

/** A string. */
export const text: v.CustomSchema<string, undefined> = typed("string");
/** A number that is not NaN. */
export const number: v.CustomSchema<number, undefined> = typed("number");
/** `true` or `false`. */
export const boolean: v.CustomSchema<boolean, undefined> = typed("boolean");
/** What a flag can hold. */
export const flagValue: v.CustomSchema<FlagValue, undefined> = v.custom<FlagValue>(isFlagValue);
/** A number or a string, as ids are. */
export const numberOrText: v.CustomSchema<number | string, undefined> = v.custom<number | string>(
  (input) => typeof input === "number" || typeof input === "string",
);

/** The value of an input that has a schema's shape, copied; `undefined` where it has another. */
export function shaped<T>(schema: v.GenericSchema<unknown, T>, input: unknown): T | undefined {
  const { issues, output } = v.safeParse(schema, input, { abortEarly: true });
  return issues === undefined ? output : undefined;
}

/** The value of a JSON text; `undefined` for what is no JSON, which itself cannot say undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
