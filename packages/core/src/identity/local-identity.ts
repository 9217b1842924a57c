import type { LazyIdentity } from "../engine/index.ts";
import { getOwn } from "../engine/reader.ts";
import type { IdentityParser } from "./identity.ts";
import {
  isTraitValue,
  type ParsedTraits,
  requireObject,
  type TraitInput,
  type Traits,
} from "./traits.ts";

/** After this number of reads, all traits are checked at once, so that no trait is checked again and again. */
const maxSingleReads = 4;

/**
 * The identity of a local evaluation. Keys and texts of its traits are checked when a flag depends on them, because most
 * flags do not, and the check takes longer than the evaluation of a flag.
 */
export class LocalIdentity implements LazyIdentity {
  readonly identifier: string;
  readonly #parser: IdentityParser["traits"];
  /** The traits before the check. */
  readonly #copy: Traits;
  #checked: ParsedTraits | undefined;
  #readsLeft = maxSingleReads;

  /** @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`. */
  constructor(identifier: string, traits: Traits | undefined, identities: IdentityParser) {
    const parser = identities.traits;
    const given = requireObject(traits);
    const copy: Traits = { ...given };
    let mustParse = parser.mustParse(given);
    // An object can change before it is checked.
    for (const key in copy) mustParse ||= !isTraitValue(copy[key]);
    this.identifier = identities.parseIdentifier(identifier);
    this.#parser = parser;
    this.#copy = copy;
    this.#checked = mustParse ? parser.parse(given) : undefined;
  }

  get traits(): ParsedTraits {
    this.#checked ??= this.#parser.parse(this.#copy);
    return this.#checked;
  }

  /** Reads one trait. The first reads check no other, because most flags depend on few traits. */
  readTrait(name: string): TraitInput | undefined {
    if (!this.#checked && this.#readsLeft-- > 0) {
      const value = getOwn(this.#copy, name);
      if (value === undefined || this.#parser.isKnown(name, value)) return value;
    }
    return getOwn(this.traits, name);
  }

  /** The names of the traits that were dropped because they are invalid. */
  get droppedTraits(): readonly string[] {
    return this.#parser.listDropped(this.traits);
  }
}
