import { attempt, refuse, refuseWithin } from "./refusal.ts";
import type { FlagValue, Problem, ReadResult } from "./result.ts";

/** A JSON object whose members are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The problems of the current input. All reads share the variable, because each read is synchronous. */
let problems: Problem[] = [];

/** Returns a member of the object itself. Unlike an index, it ignores those that every object has. */
export function getOwn<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Reads a required string. */
export function readText(json: JsonObject, member: string): string {
  const value = json[member];
  return typeof value === "string" ? value : refuse(member);
}

/** Reads a required number. */
export function readNumber(json: JsonObject, member: string): number {
  const value = json[member];
  return typeof value === "number" ? value : refuse(member);
}

/** Reads a required boolean. */
export function readBoolean(json: JsonObject, member: string): boolean {
  const value = json[member];
  return typeof value === "boolean" ? value : refuse(member);
}

/** Reads a flag's value. A missing value is `null`. */
export function readFlagValue(json: JsonObject, member: string): FlagValue {
  const value = json[member] ?? null;
  return value === null || typeof value === "string" || typeof value === "number"
    ? value
    : readBoolean(json, member);
}

/** Reads an optional member: `null` if it is missing. */
export function readOptional<T>(
  read: (json: JsonObject, member: string) => T,
  json: JsonObject,
  member: string,
): T | null {
  return (json[member] ?? null) === null ? null : read(json, member);
}

/** Reads a required object. */
export function readObject<T>(json: JsonObject, member: string, read: (json: JsonObject) => T): T {
  try {
    return read(toJsonObject(json[member]));
  } catch (error) {
    return refuseWithin(member, error);
  }
}

/** Reads each object of a required list. */
export function readEach<T>(
  json: JsonObject,
  member: string,
  read: (item: JsonObject) => T,
): readonly T[] {
  const list = requireList(json[member], member);
  if (list.length === 0) return noItems;
  const items: T[] = [];
  try {
    for (const item of list) items.push(read(toJsonObject(item)));
  } catch (error) {
    refuseWithin(`${member}[${items.length}]`, error);
  }
  return items;
}

/** Most lists are empty, and they are kept until all are read. */
const noItems: readonly never[] = [];

/** Reads each object of an optional list. */
export function readEachOptional<T>(
  json: JsonObject,
  member: string,
  read: (item: JsonObject) => T,
): readonly T[] {
  return (json[member] ?? null) === null ? noItems : readEach(json, member, read);
}

/**
 * Reads a part of the input that may be malformed, which does not affect the rest. `onRefusal` gets the path of its
 * malformed member, which is empty if the part is not an object.
 */
export function readPart<T>(
  part: unknown,
  read: (json: JsonObject) => T,
  onRefusal: (path: string) => T,
): T {
  return attempt(() => read(toJsonObject(part)), onRefusal);
}

/**
 * Reads the parts of an optional list. Parts that `read` returns no value for are left out, and do not count in the
 * index that it gets.
 */
export function readParts<T>(
  json: JsonObject,
  member: string,
  read: (part: unknown, index: number) => T | undefined,
): T[] {
  const list = requireList(json[member] ?? noItems, member);
  const parts: T[] = [];
  for (const item of list) {
    const part = read(item, parts.length);
    if (part !== undefined) parts.push(part);
  }
  return parts;
}

/** Reads each part of an optional record, in the order of its keys. */
export function readEachEntry(
  json: JsonObject,
  member: string,
  read: (part: unknown, key: string) => void,
): void {
  if ((json[member] ?? null) === null) return;
  readObject(json, member, (record) => {
    for (const key of Object.keys(record)) read(record[key], key);
  });
}

/** Adds a problem: one part of the input cannot be evaluated. */
export function report(message: string): void {
  problems.push({ message });
}

/** Returns a member that must be a list. */
export function requireList(value: unknown, member: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(member);
}

/** Whether a value is an object, but not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads an input. If a member makes it unusable, returns the path of the member. */
export function readInput<T>(input: unknown, read: (input: JsonObject) => T): ReadResult<T> {
  problems = [];
  return readPart<ReadResult<T>>(
    input,
    (json) => ({ value: read(json), problems }),
    (refused) => ({ refused }),
  );
}

/** A refusal's reason is the path of the malformed member. It is empty for the value itself. */
function toJsonObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : refuse("");
}
