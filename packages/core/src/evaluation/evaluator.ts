import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import type { Flags } from "../flags/flags.ts";
import type { Call, CallOptions, IdentityCallOptions } from "../http/call.ts";
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

/** Where snapshots come from: local evaluation is asking the one at hand. */
export interface SnapshotSource {
  /** The latest version, if there is one. */
  readonly current: () => EnvironmentSnapshot | undefined;
  /** The latest version once there is one; waits no longer than the call. @throws {@link FlagsmithClientError} */
  readonly load: (call: Call) => Promise<EnvironmentSnapshot>;
}
