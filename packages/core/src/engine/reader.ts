import type { FlagValue, Outcome, Problem } from "./result.ts";

/** An object of unknown members, as `JSON.parse` gives it. */
export type Json = Readonly<Record<string, unknown>>;

/** Reads an input of unknown shape member by member and knows where it stands. */
export class Reader {
  readonly problems: Problem[] = [];
  readonly #path: (string | number)[] = [];

  /** Gives up on the whole input, naming the member. */
  refuse(member?: string): never {
    throw new Refusal(this.pathOf(member));
  }

  /** Notes something that cannot be evaluated but does not spoil the rest. */
  report(member: string | undefined, message: string): void {
    this.problems.push({ path: this.pathOf(member), message });
  }

  object(parent: Json, member: string): Json {
    const value = parent[member];
    return isJson(value) ? value : this.refuse(member);
  }

  text(parent: Json, member: string): string {
    const value = parent[member];
    return typeof value === "string" ? value : this.refuse(member);
  }

  optionalText(parent: Json, member: string): string | null {
    return (parent[member] ?? null) === null ? null : this.text(parent, member);
  }

  number(parent: Json, member: string): number {
    const value = parent[member];
    return typeof value === "number" ? value : this.refuse(member);
  }

  optionalNumber(parent: Json, member: string): number | null {
    return (parent[member] ?? null) === null ? null : this.number(parent, member);
  }

  boolean(parent: Json, member: string): boolean {
    const value = parent[member];
    return typeof value === "boolean" ? value : this.refuse(member);
  }

  flagValue(parent: Json, member: string): FlagValue {
    const value = parent[member] ?? null;
    if (value === null || typeof value === "string") return value;
    return typeof value === "number" || typeof value === "boolean" ? value : this.refuse(member);
  }

  /** An object that says something, or `undefined`: engines leave an empty one out of results. */
  metadata(parent: Json): Json | undefined {
    const value = parent["metadata"] ?? undefined;
    if (value === undefined) return undefined;
    const metadata = this.object(parent, "metadata");
    return Object.keys(metadata).length > 0 ? metadata : undefined;
  }

  inside(parent: Json, member: string, read: (value: Json) => void): void {
    const value = this.object(parent, member);
    this.#path.push(member);
    read(value);
    this.#path.pop();
  }

  /** Reads each object of a list that must be there. */
  each(parent: Json, member: string, read: (item: Json) => void): void {
    const list = parent[member];
    if (!Array.isArray(list)) this.refuse(member);
    const at = this.#path.push(member, 0) - 1;
    for (let index = 0; index < list.length; index++) {
      this.#path[at] = index;
      const item: unknown = list[index];
      read(isJson(item) ? item : this.refuse());
    }
    this.#path.length = at - 1;
  }

  /** Reads each object of a list that may be missing. */
  eachOptional(parent: Json, member: string, read: (item: Json) => void): void {
    if ((parent[member] ?? null) !== null) this.each(parent, member, read);
  }

  /** Reads each object of a record that may be missing, in the order of its keys. */
  eachEntry(parent: Json, member: string, read: (item: Json, key: string) => void): void {
    if ((parent[member] ?? null) === null) return;
    const record = this.object(parent, member);
    const at = this.#path.push(member, "") - 1;
    for (const key of Object.keys(record)) {
      this.#path[at] = key;
      const item = record[key];
      read(isJson(item) ? item : this.refuse(), key);
    }
    this.#path.length = at - 1;
  }

  /** Where a member of what is being read stands; without one, what is being read itself. */
  pathOf(member?: string): string {
    const steps = member === undefined ? this.#path : [...this.#path, member];
    return steps
      .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
      .join("")
      .slice(1);
  }
}

/** Whether a value is an object with members, not a list. */
export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Runs a read and turns a refusal into its path. */
export function readInput<T>(input: unknown, read: (input: Json, reader: Reader) => T): Outcome<T> {
  const reader = new Reader();
  try {
    if (!isJson(input)) return reader.refuse();
    return { value: read(input, reader), problems: reader.problems };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.path };
    throw error;
  }
}

/** Unwinds a read; it never leaves this file. */
class Refusal {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}
