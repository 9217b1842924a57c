import { FlagsmithClientError } from "../errors.ts";
import { type ParsedTraits, parseTraits, type Traits } from "./traits.ts";

/** The identity of a call, checked and copied. */
export interface Identity {
  readonly identifier: string;
  readonly traits: ParsedTraits;
  /** Whether the API must not store the identity and its traits. */
  readonly transient: boolean;
}

/**
 * Checks and copies an identity. `assertServerAccepts` checks the additional limits of remote mode.
 *
 * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`.
 */
export function parseIdentity({
  identifier,
  traits,
  transient = false,
}: {
  readonly identifier: string;
  readonly traits?: Traits | undefined;
  readonly transient?: boolean | undefined;
}): Identity {
  return { identifier: parseIdentifier(identifier), traits: parseTraits(traits), transient };
}

/** @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` */
export function parseIdentifier(identifier: string): string {
  if (typeof identifier !== "string") throw invalidIdentifier("must be a string");
  return identifier;
}

/** Creates the error for an invalid identifier. Its message does not contain the identifier. */
export function invalidIdentifier(problem: string): FlagsmithClientError {
  return new FlagsmithClientError("INVALID_IDENTIFIER", `The identifier ${problem}.`);
}
