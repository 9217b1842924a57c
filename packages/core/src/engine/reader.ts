import { attempt, refuse } from "./refusal.ts";
import type { FlagValue, Outcome, Problem } from "./result.ts";

/** An object of unknown members, as `JSON.parse` gives it. */
export type Json = Readonly<Record<string, unknown>>;

/** Where a part of the input stands: a member of its parent or, with an index, of a list there. */
interface Path {
  readonly parent: Path | undefined;
  readonly member: string;
  readonly index?: number | undefined;
}

/** An object of the input, and where it stands. */
export interface Place extends Path {
  readonly json: Json;
  /** What cannot be evaluated, anywhere in the input. */
  readonly problems: Problem[];
}

/** Takes a member of a place, or refuses the whole input with the member's path. */
export type Read<T> = (place: Place, member: string) => T;

export function text(place: Place, member: string): string {
  const value = place.json[member];
  return typeof value === "string" ? value : refuseMember(place, member);
}

export function number(place: Place, member: string): number {
  const value = place.json[member];
  return typeof value === "number" ? value : refuseMember(place, member);
}

export function boolean(place: Place, member: string): boolean {
  const value = place.json[member];
  return typeof value === "boolean" ? value : refuseMember(place, member);
}

/** A missing value is null. */
export function flagValue(place: Place, member: string): FlagValue {
  const value = place.json[member] ?? null;
  return value === null || typeof value === "string" || typeof value === "number"
    ? value
    : boolean(place, member);
}

export function object(place: Place, member: string): Place {
  return placeOf(place.json[member], place.problems, place, member);
}

/** `null` where the member is missing. */
export function optional<T>(read: Read<T>, place: Place, member: string): T | null {
  return isMissing(place, member) ? null : read(place, member);
}

/** Reads each object of a list that must be there. */
export function each(place: Place, member: string, read: (item: Place) => void): void {
  const list: unknown = place.json[member];
  if (!Array.isArray(list)) refuseMember(place, member);
  for (let index = 0; index < list.length; index++) {
    read(placeOf(list[index], place.problems, place, member, index));
  }
}

/** Reads each object of a list that may be missing. */
export function eachOptional(place: Place, member: string, read: (item: Place) => void): void {
  if (!isMissing(place, member)) each(place, member, read);
}

/** Reads each object of a record that may be missing, in the order of its keys. */
export function eachEntry(place: Place, member: string, read: (item: Place) => void): void {
  const record = optional(object, place, member);
  if (record !== null) for (const key of Object.keys(record.json)) read(object(record, key));
}

/** Notes that a place, or a member of it, cannot be evaluated; that does not spoil the rest. */
export function report(place: Place, message: string, member?: string): void {
  const path = pathOf(member === undefined ? place : { parent: place, member });
  place.problems.push({ path, message });
}

/** Makes something of a member, or notes why that is refused. */
export function tryMember<T>(place: Place, member: string, make: () => T): T | undefined {
  return attempt<T | undefined>(make, (reason) => {
    report(place, reason, member);
    return undefined;
  });
}

/** Gives up on the whole input because of one member. */
export function refuseMember(parent: Place, member: string): never {
  refuse(pathOf({ parent, member }));
}

/** Whether a value is an object with members, not a list. */
export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Runs a read and turns a refusal into its path. */
export function readInput<T>(input: unknown, read: (input: Place) => T): Outcome<T> {
  const problems: Problem[] = [];
  return attempt<Outcome<T>>(
    () => ({ value: read(placeOf(input, problems)), problems }),
    (refused) => ({ refused }),
  );
}

function placeOf(
  json: unknown,
  problems: Problem[],
  parent?: Place,
  member = "",
  index?: number,
): Place {
  return isJson(json)
    ? { json, problems, parent, member, index }
    : refuse(pathOf({ parent, member, index }));
}

function pathOf({ parent, member, index }: Path): string {
  const before = parent === undefined ? "" : pathOf(parent);
  const path = before === "" ? member : `${before}.${member}`;
  return index === undefined ? path : `${path}[${index}]`;
}

function isMissing({ json }: Place, member: string): boolean {
  return (json[member] ?? null) === null;
}
