/**
 * The runtime-agnostic core of the Flagsmith SDK; applications use an adapter, which exports all of it.
 *
 * @module
 */
export {
  FlagsmithAPIError,
  type FlagsmithAPIErrorCode,
  FlagsmithClientError,
  type FlagsmithErrorCode,
} from "./errors.ts";
export { DefaultFlag, type Flag, type FlagExperiment, type FlagValue } from "./flags/flag.ts";
export type { Flags } from "./flags/flags.ts";
export { type CallOptions, Flagsmith, type IdentityCallOptions } from "./flagsmith.ts";
export type { TraitInput, Traits, TraitValue } from "./identity/traits.ts";
export type { ApplicationMetadata, FlagsmithOptions } from "./options.ts";
export type { FlagCache } from "./ports/cache.ts";
export type { DefaultFlagHandler, DefaultFlagLike } from "./ports/default-flag-handler.ts";
export type { Logger } from "./ports/logger.ts";
export {
  type Fetch,
  type Platform,
  type TimerHost,
  type Timers,
  timersOf,
} from "./ports/platform.ts";
export { fullJitter, type RequestFailure, type RetryPolicy } from "./ports/retry-policy.ts";
export { version } from "./version.ts";
