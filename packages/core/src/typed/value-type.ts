import type { FlagValue } from "../flags/flag.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** A value of the type, or the problem that completes "The value …". Neither if there is no value. */
export type ParsedValue<T> =
  | { readonly value: T; readonly problem?: undefined }
  | { readonly problem: string };

/** A JSON value. Parsed objects and arrays are frozen, because several callers get the same one. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Parses the values of flags. Each flag object is parsed once. */
export class ValueType<T> {
  readonly #parse: (value: Exclude<FlagValue, null>) => ParsedValue<T> | undefined;
  readonly #parsed = new WeakMap<object, ParsedValue<T> | undefined>();

  /** @param parse - returns `undefined` if a text counts as no value. */
  constructor(parse: (value: Exclude<FlagValue, null>) => ParsedValue<T> | undefined) {
    this.#parse = parse;
  }

  /** Returns the type of the values that pass a check, which may convert them. */
  refine<U>(check: (value: T) => ParsedValue<U>): ValueType<U> {
    return new ValueType((value) => {
      const parsed = this.#parse(value);
      return parsed === undefined || parsed.problem !== undefined ? parsed : check(parsed.value);
    });
  }

  /** Returns the parsed value of a flag, whether it is on or off. `undefined` if the flag has no value. */
  parse(flag: { readonly value: FlagValue | undefined }): ParsedValue<T> | undefined {
    const parsed = this.#parsed.get(flag);
    if (parsed !== undefined) return parsed;
    const { value } = flag;
    if (value === null || value === undefined) return undefined;
    const result = this.#parse(value);
    this.#parsed.set(flag, result);
    return result;
  }
}

/** A finite number, also as a decimal text. A blank text is no value. */
export const numberType: ValueType<number> = new ValueType(parseNumberValue);

/** A text. Numbers and booleans become text. */
export const stringType: ValueType<string> = new ValueType((value) => ({ value: String(value) }));

const jsonTypes = new WeakMap<StandardSchema, ValueType<unknown>>();

/** JSON for a schema, which may change it while it converts values. */
const mutableJsonType: ValueType<unknown> = new ValueType(parseJsonValue);

/** JSON without a schema. */
const jsonType: ValueType<unknown> = mutableJsonType.refine((json) => ({ value: freeze(json) }));

/** Returns the type of JSON values that a schema accepts. Each schema has one type. */
export function findJsonType(schema: StandardSchema | undefined): ValueType<unknown> {
  if (!schema) return jsonType;
  let type = jsonTypes.get(schema);
  if (type === undefined) {
    type = mutableJsonType.refine((json) => validate(schema, json));
    // In plain JavaScript, it may be a text, which cannot be a key.
    jsonTypes.set(Object(schema), type);
  }
  return type;
}

function parseNumberValue(value: Exclude<FlagValue, null>): ParsedValue<number> | undefined {
  const text = typeof value === "string" ? value.trim() : value;
  if (text === "") return undefined;
  // Hexadecimal, octal and binary texts are identifiers rather than numbers.
  const number = typeof text === "string" && /^0[box]/i.test(text) ? Number.NaN : Number(text);
  return typeof text !== "boolean" && Number.isFinite(number)
    ? { value: number }
    : { problem: "is not a number" };
}

function parseJsonValue(value: Exclude<FlagValue, null>): ParsedValue<unknown> | undefined {
  if (typeof value !== "string") return { value };
  if (value.trim() === "") return undefined;
  try {
    return { value: JSON.parse(value) };
  } catch {
    return { problem: "is not valid JSON" };
  }
}

/** Applies a schema to parsed JSON. Never throws. */
function validate(schema: StandardSchema, json: unknown): ParsedValue<unknown> {
  try {
    const result = schema["~standard"].validate(json);
    if (result instanceof Promise) {
      // A rejection must not be left unhandled.
      result.catch(() => undefined);
      return { problem: "cannot be checked, because its schema is asynchronous" };
    }
    if (result.issues === undefined) return { value: freeze(result.value) };
    const [issue] = result.issues;
    const path = issue?.path?.map((part) => String(typeof part === "object" ? part.key : part));
    const place = path?.length ? ` at "${path.join(".")}"` : "";
    return { problem: `does not match its schema${place}: ${issue?.message.slice(0, 200)}` };
  } catch {
    return { problem: "cannot be checked, because its schema throws" };
  }
}

/** Freezes plain objects and arrays. Other objects may come from a schema, and stay as they are. */
export function freeze<T>(value: T): T {
  // Not recursive, because JSON may be nested deeply. A set, because a default may contain itself.
  const parts = new Set<unknown>([value]);
  for (const part of parts) {
    if (!part || (!Array.isArray(part) && Object.getPrototypeOf(part) !== Object.prototype))
      continue;
    for (const member of Object.values(Object.freeze(part))) parts.add(member);
  }
  return value;
}
