import * as v from "valibot";
import type { FlagValue } from "../flags/flag.ts";

// Custom schemas, because each of valibot's own types would add more code to the bundle.
function createTypeSchema<T>(type: "string" | "number" | "boolean"): v.CustomSchema<T, undefined> {
  return v.custom<T>((input) => typeof input === type && !Number.isNaN(input));
}

/** A string. */
export const textSchema: v.CustomSchema<string, undefined> = createTypeSchema("string");
/** A number that is not NaN. */
export const numberSchema: v.CustomSchema<number, undefined> = createTypeSchema("number");
/** `true` or `false`. */
export const booleanSchema: v.CustomSchema<boolean, undefined> = createTypeSchema("boolean");
/** The value of a feature. */
export const flagValueSchema: v.CustomSchema<FlagValue, undefined> =
  v.custom<FlagValue>(isFlagValue);
/** The id of an experiment. */
export const idSchema: v.CustomSchema<number | string, undefined> = v.custom<number | string>(
  (input) => typeof input === "number" || typeof input === "string",
);

/** Whether a value can be the value of a flag. */
export function isFlagValue(input: unknown): input is FlagValue {
  const type = typeof input;
  return type === "string" || type === "boolean" || type === "number" || input === null;
}

/** Validates a value and returns a copy. Returns `undefined` if it does not match the schema. */
export function parse<T>(schema: v.GenericSchema<unknown, T>, input: unknown): T | undefined {
  const { issues, output } = v.safeParse(schema, input, { abortEarly: true });
  return issues ? undefined : output;
}

/** Whether a value is an object of JSON. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads a member of any value. Returns `undefined` if there is none. */
export function getMember(input: unknown, name: string): unknown {
  return (input as Readonly<Record<string, unknown>> | null | undefined)?.[name];
}

/** Parses JSON text. Returns `undefined` for invalid JSON. */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
