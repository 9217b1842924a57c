import type { TraitInput, TraitValue } from "../engine/index.ts";
import { FlagsmithClientError } from "../errors.ts";
import { quoteName } from "../platform/logger.ts";
import { findKeyProblem, findValueProblem } from "./server-limits.ts";

export type { TraitInput, TraitValue } from "../engine/index.ts";

/** The traits of an identity by key. A date is converted to ISO 8601. `undefined` means that the trait is absent. */
export type Traits = Readonly<Record<string, TraitInput | Date | undefined>>;

/** Checked {@link Traits}, without absent ones. */
export type ParsedTraits = Readonly<Record<string, TraitInput>>;

/** One of the {@link ParsedTraits}, in its long form. */
interface Trait {
  readonly key: string;
  readonly value: TraitValue;
  /** Whether the API must not store it. */
  readonly transient: boolean;
}

/** Limits the memory if the names of traits are generated. */
const maxKnownKeys = 1000;
const emptyList: readonly string[] = [];

/** Checks the traits of a client's calls. Invalid ones are dropped, or throw. */
export class TraitParser {
  readonly #warn: ((message: string) => void) | undefined;
  /** Valid keys, which need not be checked again. */
  readonly #knownKeys = new Set<string>();
  /** The names of the dropped traits, by the remaining traits. Missing if all are valid. */
  readonly #dropped = new WeakMap<ParsedTraits, readonly string[]>();
  #hasDropped = false;

  /** @param warn - logs a dropped trait. Without it, an invalid trait throws. */
  constructor(warn: ((message: string) => void) | undefined) {
    this.#warn = warn;
  }

  /**
   * Checks and copies the caller's traits.
   *
   * @throws {@link FlagsmithClientError} `INVALID_TRAIT` if they are not an object. Names an invalid trait, never its
   * value.
   */
  parse(traits: Traits | null | undefined): ParsedTraits {
    const given = requireObject(traits);
    // The fastest copy and the fastest loop. Unlike `Object.assign`, the spread copies a trait called `__proto__`.
    const copy = { ...given } as Record<string, TraitInput>;
    const dropped: string[] = [];
    /** By trimmed key. Needed only if a key has spaces around it. */
    let keys: ReadonlyMap<string, string> | undefined;
    for (const key in copy) {
      const input: unknown = copy[key];
      if (this.isKnown(key, input) || !Object.hasOwn(copy, key)) continue;
      const trait = input === undefined ? undefined : parseTrait(input);
      const problem =
        trait && (this.#findKeyProblem(key, () => (keys ??= trimKeys(copy))) ?? trait.problem);
      if (problem) {
        this.#reject(key, problem);
        dropped.push(key);
      }
      if (trait?.input === undefined || problem) delete copy[key];
      else replaceTrait(copy, key, trait.input);
    }
    this.#keepDropped(given as ParsedTraits, copy, dropped);
    return copy;
  }

  /** Whether a trait is known to be valid. `false` also for a new key and for an object, which take longer to check. */
  isKnown(key: string, value: unknown): value is TraitValue {
    return (
      isTraitValue(value) &&
      (typeof value !== "string" || findValueProblem(value) === undefined) &&
      this.#knownKeys.has(key)
    );
  }

  /** Whether traits must be parsed immediately: to throw, or because they are parsed already and have a list. */
  mustParse(traits: Traits): boolean {
    return !this.#warn || this.listDropped(traits as ParsedTraits).length > 0;
  }

  /** Lists the names of the traits that were dropped from parsed traits. */
  listDropped(traits: ParsedTraits): readonly string[] {
    return (this.#hasDropped && this.#dropped.get(traits)) || emptyList;
  }

  /** Traits that have been parsed before keep their list. */
  #keepDropped(given: ParsedTraits, copy: ParsedTraits, dropped: readonly string[]): void {
    const all = [...this.listDropped(given), ...dropped];
    if (all.length === 0) return;
    this.#hasDropped = true;
    this.#dropped.set(copy, all);
  }

  /** The API trims keys, and fails if one occurs twice. */
  #findKeyProblem(key: string, getKeys: () => ReadonlyMap<string, string>): string | undefined {
    const trimmed = key.trim();
    const problem = findKeyProblem(key);
    if (problem !== undefined) return problem;
    if (trimmed === key) {
      if (this.#knownKeys.size < maxKnownKeys) this.#knownKeys.add(key);
      return undefined;
    }
    const other = getKeys().get(trimmed) ?? key;
    return other === key ? undefined : `has the same key as ${quoteName(other)} after trimming`;
  }

  #reject(key: string, problem: string): void {
    const error = createTraitError(key, problem);
    if (this.#warn === undefined) throw error;
    this.#warn(`${error.message} It is dropped.`);
  }
}

/**
 * Returns an object of the caller, such as traits, or an empty one.
 *
 * @throws {@link FlagsmithClientError} `INVALID_TRAIT` if it is not an object.
 */
export function requireObject<T extends object>(object: T | null | undefined): T {
  const given = (object ?? {}) as T;
  // The entries of a Map are not members, so they would be lost.
  if (typeof given !== "object" || Symbol.iterator in given) {
    throw new FlagsmithClientError("INVALID_TRAIT", "Traits must be an object of trait values.");
  }
  return given;
}

/** Lists the traits in their long form. */
export function listTraits(traits: ParsedTraits): Trait[] {
  return Object.entries(traits).map(([key, input]) =>
    typeof input === "object" && input !== null
      ? { key, value: input.value, transient: input.transient === true }
      : { key, value: input, transient: false },
  );
}

/** Maps each trimmed key to the key that is used: the one without spaces, or the first. */
function trimKeys(traits: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const [key, input] of Object.entries(traits)) {
    const trimmed = key.trim();
    if (input !== undefined && (trimmed === key || !keys.has(trimmed))) keys.set(trimmed, key);
  }
  return keys;
}

/** Reads the long form or the short form of a trait. A date becomes text in ISO 8601. */
function parseTrait(input: unknown): { readonly input?: TraitInput; readonly problem?: string } {
  try {
    const isWrapped = typeof input === "object" && input !== null && "value" in input;
    const { value: given, transient = false }: { value: unknown; transient?: unknown } = isWrapped
      ? input
      : { value: input };
    const value = isDate(given) ? given.toISOString() : given;
    if (!isTraitValue(value)) {
      return { problem: "must be a string, a finite number, a boolean, a date or null" };
    }
    if (typeof transient !== "boolean") {
      return { problem: "has a `transient` that is not a boolean" };
    }
    const problem = typeof value === "string" ? findValueProblem(value) : undefined;
    if (problem) return { problem };
    return { input: isWrapped ? { value, transient } : value };
  } catch {
    // For example a proxy that was revoked.
    return { problem: "is unreadable" };
  }
}

/** Accepts dates of other realms. An invalid date is none. */
function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]" && !Number.isNaN(Number(value));
}

/** Unlike an assignment, this can replace a trait called `__proto__`. */
function replaceTrait(traits: Record<string, TraitInput>, key: string, value: TraitInput): void {
  Object.defineProperty(traits, key, { value, enumerable: true });
}

/** Creates the error for an invalid trait. Its message contains the key, but not the value. */
function createTraitError(key: string, problem: string): FlagsmithClientError {
  return new FlagsmithClientError("INVALID_TRAIT", `Trait ${quoteName(key)} ${problem}.`);
}

/** Whether a value is a trait in its short form. Does not check texts. */
export function isTraitValue(value: unknown): value is TraitValue {
  if (typeof value === "string" || typeof value === "boolean") return true;
  return value === null || Number.isFinite(value);
}
