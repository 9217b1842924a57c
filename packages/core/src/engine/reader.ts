import { attempt, getReason, refuse } from "./refusal.ts";
import type { FlagValue, Problem, ReadResult } from "./result.ts";

/** A JSON object whose members are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The path of the current object. All reads share the variable, because each read is synchronous. */
let trail: (string | number)[] = [];
/** The problems of the current input. */
let problems: Problem[] = [];

/** Returns a member of the object itself. Unlike an index, it ignores those that every object has. */
export function getOwn<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Reads a required string. */
export function readText(json: JsonObject, member: string): string {
  const value = json[member];
  return typeof value === "string" ? value : refuseMember(member);
}

/** Reads a required number. */
export function readNumber(json: JsonObject, member: string): number {
  const value = json[member];
  return typeof value === "number" ? value : refuseMember(member);
}

/** Reads a required boolean. */
export function readBoolean(json: JsonObject, member: string): boolean {
  const value = json[member];
  return typeof value === "boolean" ? value : refuseMember(member);
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
  return enter(member, json[member], read);
}

/** Reads each object of a required list. */
export function readEach<T>(
  json: JsonObject,
  member: string,
  read: (item: JsonObject) => T,
): readonly T[] {
  const list: unknown = json[member];
  if (!Array.isArray(list)) refuseMember(member);
  if (list.length === 0) return noItems;
  const items: T[] = [];
  trail.push(member);
  for (const item of list) items.push(enter(items.length, item, read));
  trail.pop();
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
  const outer = trail;
  trail = [];
  try {
    return read(toJsonObject(part));
  } catch (error) {
    return onRefusal(getReason(error));
  } finally {
    trail = outer;
  }
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
  const list = json[member] ?? [];
  if (!Array.isArray(list)) refuseMember(member);
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

/** Refuses the whole input because of one member. */
export function refuseMember(member: string): never {
  trail.push(member);
  refuseObject();
}

/** Whether a value is an object, but not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads an input. If a member makes it unusable, returns the path of the member. */
export function readInput<T>(input: unknown, read: (input: JsonObject) => T): ReadResult<T> {
  trail = [];
  problems = [];
  return attempt<ReadResult<T>>(
    () => ({ value: read(toJsonObject(input)), problems }),
    (refused) => ({ refused }),
  );
}

function enter<T>(key: string | number, value: unknown, read: (json: JsonObject) => T): T {
  trail.push(key);
  const result = read(toJsonObject(value));
  trail.pop();
  return result;
}

function toJsonObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : refuseObject();
}

function refuseObject(): never {
  const path = trail.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`));
  refuse(path.join("").slice(1));
}
