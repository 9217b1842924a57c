import type { IdentityParser } from "./identity.ts";
import {
  isTraitValue,
  type ParsedTraits,
  requireObject,
  type TraitInput,
  type Traits,
} from "./traits.ts";

/**
 * The identity of a local evaluation. Keys and texts of its traits are checked when a flag depends on them, because most
 * flags do not, and the check takes longer than the evaluation of a flag.
 */
export class LocalIdentity {
  readonly identifier: string;
  readonly #parser: IdentityParser["traits"];
  #traits: Traits;
  #isChecked: boolean;

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
    this.#traits = mustParse ? parser.parse(given) : copy;
    this.#isChecked = mustParse;
  }

  get traits(): ParsedTraits {
    if (!this.#isChecked) this.#traits = this.#parser.parse(this.#traits);
    this.#isChecked = true;
    return this.#traits as ParsedTraits;
  }

  /** Reads one trait. Checks the others only if this one may be invalid. */
  readTrait(name: string): TraitInput | undefined {
    if (!Object.hasOwn(this.#traits, name)) return undefined;
    const value = this.#traits[name];
    return this.#parser.isValid(name, value) ? (value as TraitInput) : this.traits[name];
  }

  /** The names of the traits that were dropped because they are invalid. */
  get droppedTraits(): readonly string[] {
    return this.#parser.listDropped(this.traits);
  }
}
