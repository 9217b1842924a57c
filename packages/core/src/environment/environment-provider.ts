import type { Call } from "../api/call.ts";
import type { Environment } from "./environment.ts";

/** Holds the environment that questions are answered from, and sees that it is there. */
export interface EnvironmentProvider {
  /** The environment, if one is at hand. */
  readonly current: () => Environment | undefined;
  /** The environment once it is there; waits no longer than the call. @throws {@link FlagsmithClientError} */
  readonly ready: (call: Call) => Promise<Environment>;
  /** Loads it anew. @throws {@link FlagsmithClientError} */
  readonly update: (call: Call) => Promise<void>;
  /** Ends all background work; what is at hand stays. */
  readonly close: () => void;
}
