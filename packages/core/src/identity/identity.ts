import { FlagsmithClientError } from "../errors.ts";
import { type KnownTraits, parseTraits, type Traits } from "./traits.ts";

/** Whom flags are asked for, checked and copied from what the caller gave. */
export interface Identity {
  readonly identifier: string;
  readonly traits: KnownTraits;
  /** Used for this evaluation only: the API stores neither the identity nor its traits. */
  readonly transient: boolean;
}

/** How a caller names an identity. */
export interface IdentityInput {
  readonly identifier: string;
  readonly traits?: Traits | undefined;
  readonly transient?: boolean | undefined;
}

/**
 * Checks what every mode demands of an identity.
 *
 * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`.
 */
export function parseIdentity({ identifier, traits, transient = false }: IdentityInput): Identity {
  return { identifier: parseIdentifier(identifier), traits: parseTraits(traits), transient };
}

/** @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` */
export function parseIdentifier(identifier: string): string {
  if (typeof identifier !== "string") throw invalidIdentifier("must be a string");
  return identifier;
}

/** The error for an identifier that cannot be used; it does not repeat the identifier. */
export function invalidIdentifier(complaint: string): FlagsmithClientError {
  return new FlagsmithClientError("INVALID_IDENTIFIER", `The identifier ${complaint}.`);
}
