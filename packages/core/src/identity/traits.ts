import type { TraitInput, TraitValue } from "../engine/index.ts";
import { FlagsmithClientError } from "../errors.ts";

export type { TraitInput, TraitValue } from "../engine/index.ts";

/** The traits of an identity by key. `undefined` means that the trait is absent. */
export type Traits = Readonly<Record<string, TraitInput | undefined>>;

/** Checked {@link Traits}, without absent ones. */
export type ParsedTraits = Readonly<Record<string, TraitInput>>;

/** One of the {@link ParsedTraits}, in its long form. */
export interface Trait {
  readonly key: string;
  readonly value: TraitValue;
  /** Whether the API must not store it. */
  readonly transient: boolean;
}

/**
 * Checks and copies the caller's traits.
 *
 * @throws {@link FlagsmithClientError} `INVALID_TRAIT`, naming the trait and never its value.
 */
export function parseTraits(traits: Traits | null | undefined): ParsedTraits {
  const given = traits ?? {};
  // The entries of a Map are not members, so they would be lost.
  if (typeof given !== "object" || Symbol.iterator in given) {
    throw new FlagsmithClientError("INVALID_TRAIT", "Traits must be an object of trait values.");
  }
  // The fastest copy and the fastest loop. Unlike `Object.assign`, the spread copies a trait called `__proto__`.
  const copy = { ...given } as Record<string, TraitInput>;
  for (const key in copy) {
    const input: unknown = copy[key];
    if (isTraitValue(input) || !Object.hasOwn(copy, key)) continue;
    if (input === undefined) delete copy[key];
    else replaceTrait(copy, key, parseTrait(key, input));
  }
  return copy;
}

/** Lists the traits in their long form. */
export function listTraits(traits: ParsedTraits): Trait[] {
  return Object.entries(traits).map(([key, input]) =>
    typeof input === "object" && input !== null
      ? { key, value: input.value, transient: input.transient === true }
      : { key, value: input, transient: false },
  );
}

function parseTrait(key: string, input: unknown): TraitInput {
  const isWrapped = typeof input === "object" && input !== null && "value" in input;
  const { value, transient = false }: { value: unknown; transient?: unknown } = isWrapped
    ? input
    : { value: input };
  if (!isTraitValue(value)) {
    throw invalidTrait(key, "must be a string, a finite number, a boolean or null");
  }
  if (typeof transient !== "boolean") {
    throw invalidTrait(key, "has a `transient` that is not a boolean");
  }
  return { value, transient };
}

/** Unlike an assignment, this can replace a trait called `__proto__`. */
function replaceTrait(traits: Record<string, TraitInput>, key: string, value: TraitInput): void {
  Object.defineProperty(traits, key, { value, enumerable: true });
}

/** Creates the error for an invalid trait. Its message contains the key, but not the value. */
export function invalidTrait(key: string, problem: string): FlagsmithClientError {
  return new FlagsmithClientError("INVALID_TRAIT", `Trait ${quoteKey(key)} ${problem}.`);
}

/** Creates the error for two keys that are the same for the API. */
export function duplicateTrait(first: string, second: string): FlagsmithClientError {
  const keys = `${quoteKey(first)} and ${quoteKey(second)}`;
  return new FlagsmithClientError(
    "INVALID_TRAIT",
    `Trait keys ${keys} are the same after trimming.`,
  );
}

function quoteKey(key: string): string {
  return JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key);
}

function isTraitValue(value: unknown): value is TraitValue {
  if (typeof value === "number") return Number.isFinite(value);
  return value === null || typeof value === "string" || typeof value === "boolean";
}
