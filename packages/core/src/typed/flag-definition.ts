import { FlagsmithClientError } from "../errors.ts";
import type { FlagValue } from "../flags/flag.ts";
import type { StandardSchema } from "./standard-schema.ts";
import {
  findJsonType,
  freeze,
  numberType,
  type ParsedValue,
  stringType,
  type ValueType,
} from "./value-type.ts";

/** Options of a definition. */
export interface FlagDefinitionOptions {
  /** The purpose of the flag, for the manifest. */
  readonly description?: string | undefined;
  /**
   * The value of a flag that is off: the definition's default, or the flag's own value.
   * @defaultValue `"default"`
   */
  readonly whenOff?: "default" | "value" | undefined;
}

/** The type and the default of a flag. Created by `toggleFlag`, `numberFlag`, `stringFlag` and `jsonFlag`. */
export interface FlagDefinition<T = unknown> extends FlagDefinitionOptions {
  /** The type in a manifest. */
  readonly flagType: "boolean" | "string" | "integer" | "float" | "object";
  readonly defaultValue: T;
  /** The default as a value of Flagsmith. `undefined` for a toggle, which has no value. */
  readonly flagValue: FlagValue | undefined;
  /** Parses values. Missing for a toggle, which is the state of the flag. */
  readonly valueType: ValueType<T> | undefined;
  /** The only values, in the order of the definition. Missing if others are possible. */
  readonly of?: readonly T[] | undefined;
}

/**
 * Defines a flag that is on or off. Its value in Flagsmith is ignored.
 *
 * @param options - `default` is used if the feature is unknown.
 *
 * @example
 * toggleFlag({ default: true, description: "Dark theme" })
 */
export function toggleFlag(
  options: {
    readonly description?: string | undefined;
    /** @defaultValue `false` */
    readonly default?: boolean | undefined;
  } = {},
): FlagDefinition<boolean> {
  const { default: defaultValue = false, description } = options;
  const flagType = "boolean";
  return { flagType, defaultValue, description, flagValue: undefined, valueType: undefined };
}

/**
 * Defines a flag with a number.
 *
 * @param defaultValue - used if the feature is off or unknown, or has another value.
 * @param options - limits of the value.
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` if the default is outside the limits.
 *
 * @example
 * numberFlag(25, { integer: true, min: 1, max: 100 })
 */
export function numberFlag(
  defaultValue: number,
  options: FlagDefinitionOptions & {
    readonly integer?: boolean | undefined;
    readonly min?: number | undefined;
    readonly max?: number | undefined;
  } = {},
): FlagDefinition<number> {
  const {
    integer = false,
    min = Number.NEGATIVE_INFINITY,
    max = Number.POSITIVE_INFINITY,
  } = options;
  const check = (value: number): ParsedValue<number> => {
    if (integer && !Number.isInteger(value)) return { problem: "is not a whole number" };
    if (value < min) return { problem: `is less than ${min}` };
    return value > max ? { problem: `is greater than ${max}` } : { value };
  };
  const valueType = numberType.refine(check);
  assertDefault(valueType, defaultValue);
  const flagType = integer ? "integer" : "float";
  return { ...options, flagType, defaultValue, flagValue: defaultValue, valueType };
}

/**
 * Defines a flag with a text.
 *
 * @param defaultValue - used if the feature is off or unknown, or has another value.
 * @param options - `of` lists the allowed texts.
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` if the default is not one of them.
 *
 * @example
 * stringFlag("free", { of: ["free", "pro"] })
 */
export function stringFlag<const T extends string>(
  defaultValue: NoInfer<T>,
  options: FlagDefinitionOptions & { readonly of: readonly T[] },
): FlagDefinition<T>;
export function stringFlag(
  defaultValue: string,
  options?: FlagDefinitionOptions & { readonly of?: undefined },
): FlagDefinition<string>;
export function stringFlag(
  defaultValue: string,
  options: FlagDefinitionOptions & { readonly of?: readonly string[] | undefined } = {},
): FlagDefinition<string> {
  const allowed = options.of && new Set(options.of);
  const valueType = stringType.refine<string>((value) =>
    allowed === undefined || allowed.has(value)
      ? { value }
      : { problem: `is not one of ${JSON.stringify([...allowed])}` },
  );
  assertDefault(valueType, defaultValue);
  const flagType = "string";
  return { ...options, flagType, defaultValue, flagValue: defaultValue, valueType };
}

/**
 * Defines a flag with JSON that matches a schema. Values and the default are frozen, because several callers share them.
 *
 * @param schema - a synchronous schema of valibot, zod, arktype or another library that implements Standard Schema.
 * @param defaultValue - used if the feature is off or unknown, or has another value.
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for a schema that is asynchronous or throws, and for a default
 * that is not JSON.
 *
 * @example
 * jsonFlag(v.object({ title: v.string() }), { title: "" })
 */
export function jsonFlag<T>(
  schema: StandardSchema<T>,
  defaultValue: NoInfer<T>,
  options: FlagDefinitionOptions = {},
): FlagDefinition<T> {
  const valueType = findJsonType(schema) as ValueType<T>;
  const flag = createJsonFlag(valueType, defaultValue, options);
  const problem = valueType.parse({ value: flag.flagValue })?.problem;
  // Any other problem is one of the default, which need not match its schema.
  if (problem?.startsWith("cannot")) throw createDefinitionError(`The default ${problem}.`);
  return flag;
}

/** Defines a flag with any JSON value of the same kind as the default: an object, an array, or another value. */
export function plainJsonFlag(
  defaultValue: unknown,
  options: FlagDefinitionOptions = {},
): FlagDefinition<unknown> {
  const kind = getJsonKind(defaultValue);
  const valueType = findJsonType(undefined).refine((value) =>
    getJsonKind(value) === kind ? { value } : { problem: `is not ${kind}` },
  );
  return createJsonFlag(valueType, defaultValue, options);
}

/** Creates the error for a definition. */
export function createDefinitionError(message: string): FlagsmithClientError {
  return new FlagsmithClientError("INVALID_OPTIONS", message);
}

function assertDefault(type: ValueType<unknown>, value: FlagValue): void {
  const parsed = type.parse({ value });
  if (parsed?.problem !== undefined) throw createDefinitionError(`The default ${parsed.problem}.`);
}

/** Freezes the default. */
function createJsonFlag<T>(
  valueType: ValueType<T>,
  defaultValue: T,
  options: FlagDefinitionOptions,
): FlagDefinition<T> & { readonly flagValue: string } {
  let flagValue: unknown;
  try {
    flagValue = JSON.stringify(freeze(defaultValue));
  } catch {
    // It contains itself or a bigint.
  }
  if (typeof flagValue !== "string") {
    throw createDefinitionError("The default is not JSON.");
  }
  return { ...options, flagType: "object", defaultValue, flagValue, valueType };
}

function getJsonKind(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  return value === null ? "null" : `a ${typeof value}`;
}
