import { attempt, refuse } from "./refusal.ts";
import type { FlagValue, Outcome, Problem } from "./result.ts";

/** An object of unknown members, as `JSON.parse` gives it. */
export type Json = Readonly<Record<string, unknown>>;

/** Takes a member of the object that is being read, or refuses the whole input with the member's path. */
export type Read<T> = (json: Json, member: string) => T;

/** The members and indexes that lead to what is being read. Inputs are read at once, so one of these is enough. */
let trail: (string | number)[] = [];
/** What cannot be evaluated, anywhere in the input that is being read. */
let problems: Problem[] = [];

/** Reads a string that must be there. */
export function text(json: Json, member: string): string {
  const value = json[member];
  return typeof value === "string" ? value : refuseMember(member);
}

/** Reads a number that must be there. */
export function number(json: Json, member: string): number {
  const value = json[member];
  return typeof value === "number" ? value : refuseMember(member);
}

/** Reads a boolean that must be there. */
export function boolean(json: Json, member: string): boolean {
  const value = json[member];
  return typeof value === "boolean" ? value : refuseMember(member);
}

/** A missing value is null. */
export function flagValue(json: Json, member: string): FlagValue {
  const value = json[member] ?? null;
  return value === null || typeof value === "string" || typeof value === "number"
    ? value
    : boolean(json, member);
}

/** `null` where the member is missing. */
export function optional<T>(read: Read<T>, json: Json, member: string): T | null {
  return (json[member] ?? null) === null ? null : read(json, member);
}

/** Reads an object that must be there. */
export function object<T>(json: Json, member: string, read: (json: Json) => T): T {
  return enter(member, json[member], read);
}

/** Reads each object of a list that must be there. */
export function each<T>(json: Json, member: string, read: (item: Json) => T): T[] {
  const list: unknown = json[member];
  if (!Array.isArray(list)) refuseMember(member);
  const items = Array<T>(list.length);
  trail.push(member);
  for (let index = 0; index < list.length; index++) items[index] = enter(index, list[index], read);
  trail.pop();
  return items;
}

/** Reads each object of a list that may be missing. */
export function eachOptional<T>(json: Json, member: string, read: (item: Json) => T): T[] {
  return optional(() => each(json, member, read), json, member) ?? [];
}

/** Reads each object of a record that may be missing, in the order of its keys. */
export function eachEntry(
  json: Json,
  member: string,
  read: (item: Json, key: string) => void,
): void {
  if ((json[member] ?? null) === null) return;
  object(json, member, (record) => {
    for (const key of Object.keys(record)) object(record, key, (item) => read(item, key));
  });
}

/** Where the object that is being read stands, or a member of it. */
export function pathOf(...member: string[]): string {
  return [...trail, ...member]
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
    .join("")
    .slice(1);
}

/** Notes that something in the input cannot be evaluated; that does not spoil the rest. */
export function report(path: string, message: string): void {
  problems.push({ path, message });
}

/** Gives up on the whole input because of one member. */
export function refuseMember(member: string): never {
  refuse(pathOf(member));
}

/** Whether a value is an object with members, not a list. */
export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Runs a read and turns a refusal into its path. */
export function readInput<T>(input: unknown, read: (input: Json) => T): Outcome<T> {
  trail = [];
  problems = [];
  return attempt<Outcome<T>>(
    () => ({ value: read(asJson(input)), problems }),
    (refused) => ({ refused }),
  );
}

function enter<T>(key: string | number, value: unknown, read: (json: Json) => T): T {
  trail.push(key);
  const result = read(asJson(value));
  trail.pop();
  return result;
}

function asJson(value: unknown): Json {
  return isJson(value) ? value : refuse(pathOf());
}
