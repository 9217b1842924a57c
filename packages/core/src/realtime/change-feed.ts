import type { Environment } from "../environment/environment.ts";

/** Tells of changes sooner than polls do. */
export interface ChangeFeed {
  /** Told of every load that went well: it begins with the first, and the next ones may say that it is to move. */
  readonly follow: (environment: Environment) => void;
  /** Whether changes are told, and the environment is as new as all that were. */
  readonly isKeepingUp: () => boolean;
  /** Lets it begin again where it had been refused for good. */
  readonly forgive: () => void;
  /** Ends it, until it is to follow again. */
  readonly stop: () => void;
}

/** What a {@link ChangeFeed} may ask of the environment that it serves. */
export interface FedEnvironment {
  readonly current: () => Environment | undefined;
  /** Done when no load is under way. */
  readonly idle: () => Promise<void>;
  /** Loads it, whole or conditionally; whether that went well. Never rejects. */
  readonly load: (options: { readonly isUnconditional: boolean }) => Promise<boolean>;
  /** The feed is no longer keeping up. */
  readonly lag: () => void;
}

/** Makes the feed of one environment; it starts nothing. */
export type CreateChangeFeed = (environment: FedEnvironment) => ChangeFeed;
