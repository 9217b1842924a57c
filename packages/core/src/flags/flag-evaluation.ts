import type { FlagsmithClientError } from "../errors.ts";
import type { FlagValue } from "./flag.ts";

/**
 * The source of a flag:
 * - `remote`: the API evaluated it.
 * - `cache`: the user's cache.
 * - `local`: the environment document from the API.
 * - `storage`: a stored environment document.
 * - `offline`: the offline handler's environment document.
 * - `default`: the `defaultFlagHandler`, or the built-in default flag.
 */
export type FlagSource = "remote" | "cache" | "local" | "storage" | "offline" | "default";

/** One read of a flag, passed to `onFlagEvaluated`. */
export interface FlagEvaluation {
  readonly featureName: string;
  /** The id of the feature. `undefined` for a default flag, and if the API hides it. */
  readonly featureId: number | undefined;
  readonly enabled: boolean;
  /** `undefined` only for a default flag without a value. */
  readonly value: FlagValue | undefined;
  /** Why the flag has this value. `undefined` if unknown. */
  readonly reason: string | undefined;
  /** The key of the variant. `null` if the feature has no variants. */
  readonly variant: string | null;
  /** The identity. `undefined` for the environment's flags, and `""` for an anonymous identity. */
  readonly identifier: string | undefined;
  readonly source: FlagSource;
  /** The failure that the default flag replaces. `undefined` if no call has failed. */
  readonly error: FlagsmithClientError | undefined;
  /**
   * When Flagsmith last changed the environment document that was evaluated, in ISO 8601. `undefined` if unknown, and
   * for flags of the API.
   */
  readonly documentUpdatedAt: string | undefined;
  /** The names of the traits that were not used, because their keys or values are invalid. */
  readonly droppedTraits: readonly string[];
  /**
   * The duration in milliseconds: the request or the evaluation, and the lookup of this flag. `undefined` in isolates,
   * whose clock stands still while code runs.
   */
  readonly durationMs: number | undefined;
}
