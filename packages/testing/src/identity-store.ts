import type { IdentityRequest, SentTrait, WireTrait } from "./identity.ts";

/** Where and whether the traits of a request are kept. */
export interface TraitPersistence {
  /** The organisation keeps traits at all. */
  readonly persists: boolean;
  /** The identity is known for another reason, an override for instance. */
  readonly isKnown: boolean;
}

/** The identities the API has met, with their stored traits. */
export class IdentityStore {
  readonly #traits = new Map<string, Map<string, WireTrait>>();
  #lastTraitId = 0;

  /** Stores what the request stores and lists the traits that count for its answer. */
  record(request: IdentityRequest, { persists, isKnown }: TraitPersistence): readonly WireTrait[] {
    const stored = this.#traits.get(request.identifier ?? "");
    if (request.identifier === undefined || request.transient) {
      return merged(stored, request.traits, true);
    }
    const isNew = stored === undefined && !isKnown;
    const kept = stored ?? new Map<string, WireTrait>();
    this.#traits.set(request.identifier, kept);
    if (!persists) return merged(kept, request.traits, false);
    const answered = new Map(kept);
    for (const trait of request.traits) {
      const wire = trait.transient ? wireTrait(trait, null) : this.#keep(kept, trait);
      if (wire === undefined) answered.delete(trait.key);
      // The real server learns the ids of traits it adds to a known identity too late to tell.
      else if (!isNew && !answered.has(trait.key)) answered.set(trait.key, { ...wire, id: null });
      else answered.set(trait.key, wire);
    }
    return [...answered.values()];
  }

  clear(): void {
    this.#traits.clear();
    this.#lastTraitId = 0;
  }

  #keep(kept: Map<string, WireTrait>, trait: SentTrait): WireTrait | undefined {
    const id = kept.get(trait.key)?.id;
    if (trait.value === null) {
      kept.delete(trait.key);
      return undefined;
    }
    const wire = wireTrait(trait, id ?? ++this.#lastTraitId);
    if (wire !== undefined) kept.set(trait.key, wire);
    return wire;
  }
}

/** Sent traits over stored ones, each in its stored place; nothing is kept. */
function merged(
  stored: ReadonlyMap<string, WireTrait> | undefined,
  sent: readonly SentTrait[],
  allTransient: boolean,
): readonly WireTrait[] {
  const traits = new Map(stored);
  for (const trait of sent) {
    const transient = trait.transient || allTransient;
    const wire = wireTrait({ ...trait, transient }, null);
    if (wire === undefined) traits.delete(trait.key);
    else traits.set(trait.key, wire);
  }
  return [...traits.values()];
}

function wireTrait(trait: SentTrait, id: number | null): WireTrait | undefined {
  if (trait.value === null) return undefined;
  return { id, trait_key: trait.key, trait_value: trait.value, transient: trait.transient };
}
