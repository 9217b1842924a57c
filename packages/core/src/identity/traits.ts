import { FlagsmithClientError } from "../errors.ts";

/** What a trait can hold; `null` removes the trait from the identity. */
export type TraitValue = string | number | boolean | null;

/** A trait as a caller gives it: its value, or its value and whether the API may store it. */
export type TraitInput = TraitValue | { readonly value: TraitValue; readonly transient?: boolean };

/** The traits of an identity, by key. */
export type Traits = Readonly<Record<string, TraitInput>>;

/** One trait, checked and copied from what the caller gave. */
export interface Trait {
  readonly key: string;
  readonly value: TraitValue;
  /** Used for this evaluation only: the API does not store it. */
  readonly transient: boolean;
}

/**
 * Copies the caller's traits, so that nothing is shared with the caller afterwards.
 *
 * @throws {@link FlagsmithClientError} `INVALID_TRAIT`, naming the trait and never its value.
 */
export function parseTraits(traits: Traits): readonly Trait[] {
  // The entries of a Map would be lost in silence.
  if (!isRecord(traits) || Symbol.iterator in traits) {
    throw new FlagsmithClientError("INVALID_TRAIT", "Traits must be an object of trait values.");
  }
  return Object.entries(traits).map(([key, input]) => parseTrait(key, input));
}

function parseTrait(key: string, input: unknown): Trait {
  const { value, transient = false } =
    isRecord(input) && "value" in input ? input : { value: input };
  if (!isTraitValue(value)) {
    throw invalidTrait(key, "must be a string, a finite number, a boolean or null");
  }
  if (typeof transient !== "boolean") {
    throw invalidTrait(key, "has a `transient` that is not a boolean");
  }
  return { key, value, transient };
}

/** The error for a trait that cannot be used, naming the trait and never its value. */
export function invalidTrait(key: string, complaint: string): FlagsmithClientError {
  const name = key.length > 60 ? `${key.slice(0, 60)}…` : key;
  return new FlagsmithClientError("INVALID_TRAIT", `Trait ${JSON.stringify(name)} ${complaint}.`);
}

function isTraitValue(value: unknown): value is TraitValue {
  if (typeof value === "number") return Number.isFinite(value);
  return value === null || typeof value === "string" || typeof value === "boolean";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
