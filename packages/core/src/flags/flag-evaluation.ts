import type { FlagValue } from "./flag.ts";

/**
 * Where an answer came from: the API (`remote`), the user's cache (`cache`); the environment document as
 * it was loaded (`local`), as it was stored (`storage`) or as the offline handler gave it (`offline`);
 * or a default flag.
 */
export type FlagSource = "remote" | "cache" | "local" | "storage" | "offline" | "default";

/** One question for a flag, and how it was answered. */
export interface FlagEvaluation {
  readonly featureName: string;
  readonly enabled: boolean;
  /** `undefined` only for a default flag without a value. */
  readonly value: FlagValue | undefined;
  /** Why the flag has this value; not known for every answer. */
  readonly reason: string | undefined;
  /** The key of the variant served, `null` without one. */
  readonly variant: string | null;
  /** Whom it was asked for; `undefined` for the environment's own flags. */
  readonly identifier: string | undefined;
  readonly source: FlagSource;
  /**
   * Milliseconds that the answer took: the request or the evaluation, and looking this flag up.
   * `undefined` on isolates, whose clock stands still while code runs.
   */
  readonly durationMs: number | undefined;
}
