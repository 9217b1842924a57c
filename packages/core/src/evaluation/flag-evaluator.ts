import type { Call, CallOptions, IdentityCallOptions } from "../api/call.ts";
import type { Flags } from "../flags/flags.ts";
import type { Traits } from "../identity/traits.ts";

/**
 * Answers a caller's questions, in whatever mode. An answer that is at hand costs no promise, and no
 * call is begun for it.
 */
export interface FlagEvaluator {
  readonly environmentFlags: (options: CallOptions | undefined) => Flags | Promise<Flags>;
  readonly identityFlags: (
    identifier: string,
    traits: Traits | undefined,
    options: IdentityCallOptions | undefined,
  ) => Flags | Promise<Flags>;
}

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

/** Where snapshots come from: local evaluation is asking the one at hand. */
export interface SnapshotSource {
  /** The latest version, if there is one. */
  readonly current: () => EnvironmentSnapshot | undefined;
  /** The latest version once there is one; waits no longer than the call. @throws {@link FlagsmithClientError} */
  readonly load: (call: Call) => Promise<EnvironmentSnapshot>;
}
