import type { Call } from "../api/retry.ts";
import type { Flags } from "../flags/flags.ts";
import type { Identity } from "../identity/identity.ts";

/** Answers what a caller asks; remote, local and fallback evaluators are interchangeable. */
export interface FlagEvaluator {
  readonly environmentFlags: (call: Call) => Flags | Promise<Flags>;
  readonly identityFlags: (identity: Identity, call: Call) => Flags | Promise<Flags>;
}
