import type { TraitInput, TraitValue } from "../engine/index.ts";
import { FlagsmithClientError } from "../errors.ts";

export type { TraitInput, TraitValue } from "../engine/index.ts";

/** The traits of an identity, by key; one that is `undefined` is not given. */
export type Traits = Readonly<Record<string, TraitInput | undefined>>;

/** {@link Traits} that were checked. */
export type KnownTraits = Readonly<Record<string, TraitInput>>;

/** One trait of {@link KnownTraits}, spelled out. */
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
export function parseTraits(traits: Traits | null | undefined): KnownTraits {
  const given = traits ?? {};
  // The entries of a Map would be lost in silence.
  if (typeof given !== "object" || Symbol.iterator in given) {
    throw new FlagsmithClientError("INVALID_TRAIT", "Traits must be an object of trait values.");
  }
  // A spread is the fastest copy, and keeps a trait called `__proto__` one; so is for-in the fastest loop.
  const copy = { ...given } as Record<string, TraitInput>;
  for (const key in copy) {
    const input: unknown = copy[key];
    if (isTraitValue(input) || !Object.hasOwn(copy, key)) continue;
    if (input === undefined) delete copy[key];
    else replace(copy, key, parseTrait(key, input));
  }
  return copy;
}

/** The traits one by one. */
export function listTraits(traits: KnownTraits): Trait[] {
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

/** Unlike an assignment, this replaces an own member called `__proto__` too. */
function replace(traits: Record<string, TraitInput>, key: string, value: TraitInput): void {
  Object.defineProperty(traits, key, { value, enumerable: true });
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
