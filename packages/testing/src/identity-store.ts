/** A trait as `identities/` returns it. */
export interface WireTrait {
  readonly id: number | null;
  readonly trait_key: string;
  readonly trait_value: string | number | boolean;
  readonly transient: boolean;
}

/** A trait as a request sends it. The value `null` deletes the trait. */
export interface SentTrait {
  readonly key: string;
  readonly value: string | number | boolean | null;
  readonly transient: boolean;
}

/** A valid request to `identities/`. */
export interface IdentityRequest {
  /** `undefined` for an anonymous identity, which is never stored. */
  readonly identifier: string | undefined;
  readonly traits: readonly SentTrait[];
  readonly transient: boolean;
}

/** The identities that the API has seen, with their stored traits. */
export class IdentityStore {
  readonly #traits = new Map<string, Map<string, WireTrait>>();
  #lastTraitId = 0;

  /**
   * Stores the traits of the request and lists those of the response.
   *
   * @param persists - whether the organisation stores traits
   * @param isKnown - whether the identity exists without a request, for instance for its overrides
   */
  record(
    request: IdentityRequest,
    { persists, isKnown }: { readonly persists: boolean; readonly isKnown: boolean },
  ): readonly WireTrait[] {
    const stored = this.#traits.get(request.identifier ?? "");
    if (request.identifier === undefined || request.transient) {
      return mergeTraits(stored, request.traits, true);
    }
    const isNew = stored === undefined && !isKnown;
    const kept = stored ?? new Map<string, WireTrait>();
    this.#traits.set(request.identifier, kept);
    if (!persists) return mergeTraits(kept, request.traits, false);
    const returned = new Map(kept);
    for (const trait of request.traits) {
      const wire = trait.transient ? toWireTrait(trait, null) : this.#store(kept, trait);
      if (wire === undefined) returned.delete(trait.key);
      // The real server does not return the ids of traits that it has just added to a known identity.
      else if (!isNew && !returned.has(trait.key)) returned.set(trait.key, { ...wire, id: null });
      else returned.set(trait.key, wire);
    }
    return [...returned.values()];
  }

  delete(identifier: string): void {
    this.#traits.delete(identifier);
  }

  clear(): void {
    this.#traits.clear();
    this.#lastTraitId = 0;
  }

  #store(kept: Map<string, WireTrait>, trait: SentTrait): WireTrait | undefined {
    const id = kept.get(trait.key)?.id;
    if (trait.value === null) {
      kept.delete(trait.key);
      return undefined;
    }
    const wire = toWireTrait(trait, id ?? ++this.#lastTraitId);
    if (wire !== undefined) kept.set(trait.key, wire);
    return wire;
  }
}

/** Replaces stored traits by sent ones of the same key, without storing anything. */
function mergeTraits(
  stored: ReadonlyMap<string, WireTrait> | undefined,
  sent: readonly SentTrait[],
  allTransient: boolean,
): readonly WireTrait[] {
  const traits = new Map(stored);
  for (const trait of sent) {
    const transient = trait.transient || allTransient;
    const wire = toWireTrait({ ...trait, transient }, null);
    if (wire === undefined) traits.delete(trait.key);
    else traits.set(trait.key, wire);
  }
  return [...traits.values()];
}

function toWireTrait(trait: SentTrait, id: number | null): WireTrait | undefined {
  if (trait.value === null) return undefined;
  return { id, trait_key: trait.key, trait_value: trait.value, transient: trait.transient };
}
