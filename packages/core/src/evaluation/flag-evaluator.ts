import type { Call } from "../api/call.ts";
import type { Flags } from "../flags/flags.ts";
import type { Identity } from "../identity/identity.ts";
import type { Traits } from "../identity/traits.ts";

/** A segment that an identity is in. */
export interface Segment {
  readonly id: number | undefined;
  readonly name: string;
}

/** One version of the environment, asked without waiting. */
export interface EnvironmentSnapshot {
  /** When Flagsmith last changed this version, in ISO 8601; `undefined` where the document does not say. */
  readonly updatedAt: string | undefined;
  /** The flags of the environment, for nobody in particular. */
  environmentFlags(): Flags;
  /**
   * The flags of an identity with these traits.
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`.
   */
  identityFlags(identifier: string, traits?: Traits): Flags;
  /**
   * The segments that an identity with these traits is in.
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`; `NO_ENVIRONMENT`
   * where default flags stand in for a document.
   */
  identitySegments(identifier: string, traits?: Traits): Segment[];
}

/** Answers for flags; remote, local and fallback evaluators are interchangeable. */
export interface FlagEvaluator {
  readonly environmentFlags: (call: Call) => Flags | Promise<Flags>;
  readonly identityFlags: (identity: Identity, call: Call) => Flags | Promise<Flags>;
}

/** Answers what only an environment document can. */
export interface EnvironmentEvaluator extends FlagEvaluator {
  readonly identitySegments: (identity: Identity, call: Call) => Promise<Segment[]>;
  readonly snapshot: (call: Call) => Promise<EnvironmentSnapshot>;
}
