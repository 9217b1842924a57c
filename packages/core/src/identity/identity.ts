import { FlagsmithClientError } from "../errors.ts";
import { createWarnOnce, type Logger } from "../platform/logger.ts";
import { findIdentifierProblem, isBlank } from "./server-limits.ts";
import { type ParsedTraits, TraitParser, type Traits } from "./traits.ts";

/** Stands for the identifier of an anonymous identity. Global, because a comparison may come from another copy of core. */
export const anonymous: unique symbol = Symbol.for("flagsmith-isomorphic/anonymous/1");

/** The identifier of a call, or {@link anonymous}. */
export type Identifier = string | typeof anonymous;

/** The identity of a call, checked and copied. */
export interface Identity {
  /** Empty for an anonymous identity. */
  readonly identifier: string;
  readonly traits: ParsedTraits;
  /** Whether the API must not store the identity and its traits. */
  readonly transient: boolean;
  /** The names of the traits that were dropped because they are invalid. */
  readonly droppedTraits: readonly string[];
}

/** Limits the messages about invalid traits, whose names may be generated. */
const maxTraitWarnings = 100;

/** Checks the identities of a client's calls. */
export class IdentityParser {
  /** Checks traits without an identity. */
  readonly traits: TraitParser;
  readonly #warnOnce: (message: string) => void;

  /** @param options.strictTraits - whether an invalid trait throws. Otherwise it is dropped. */
  constructor(options: { readonly strictTraits: boolean }, logger: Pick<Logger, "warn">) {
    this.#warnOnce = createWarnOnce(logger, maxTraitWarnings);
    this.traits = new TraitParser(options.strictTraits ? undefined : this.#warnOnce);
  }

  /**
   * Checks and copies an identity. `assertServerAccepts` checks the additional limits of remote mode.
   *
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`.
   */
  parse({
    identifier,
    traits,
    transient = false,
  }: {
    readonly identifier: Identifier;
    readonly traits?: Traits | undefined;
    readonly transient?: boolean | undefined;
  }): Identity {
    const checked = identifier === anonymous ? "" : this.parseIdentifier(identifier);
    const parsed = this.traits.parse(traits);
    const droppedTraits = this.traits.listDropped(parsed);
    return { identifier: checked, traits: parsed, transient, droppedTraits };
  }

  /**
   * Checks an identifier, and converts a number. In plain JavaScript it may be anything, often a database id or `null`.
   *
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER`
   */
  parseIdentifier(identifier: unknown): string {
    if (typeof identifier === "string") {
      if (isBlank(identifier)) throw createIdentifierError("must not be empty");
      return identifier;
    }
    if (!Number.isSafeInteger(identifier) && typeof identifier !== "bigint") {
      throw createIdentifierError("must be a string or a whole number");
    }
    this.#warnOnce("An identifier is a number: pass String(id) instead.");
    return String(identifier);
  }
}

/** Whether the flags of equal calls are equal. The variants of an anonymous identity without traits are random. */
export function isRepeatable({ identifier, traits }: Identity): boolean {
  return identifier !== "" || Object.keys(traits).length > 0;
}

/** Checks the limits of the API before a request. @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` */
export function assertServerAccepts({ identifier }: Identity): void {
  const problem = findIdentifierProblem(identifier);
  if (problem !== undefined) throw createIdentifierError(problem);
}

/** Creates the error for an invalid identifier. Its message does not contain the identifier. */
function createIdentifierError(problem: string): FlagsmithClientError {
  return new FlagsmithClientError("INVALID_IDENTIFIER", `The identifier ${problem}.`);
}
