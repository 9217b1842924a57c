/**
 * The runtime-agnostic core of the Flagsmith SDK; applications use an adapter, which exports all of it.
 *
 * @module
 */

export type { CallOptions, IdentityCallOptions } from "./api/call.ts";
export type { LocalModule, Modules } from "./compose.ts";
export {
  FlagsmithAPIError,
  type FlagsmithAPIErrorCode,
  FlagsmithClientError,
  type FlagsmithErrorCode,
} from "./errors.ts";
export type { EnvironmentSnapshot, Segment } from "./evaluation/flag-evaluator.ts";
export { DefaultFlag, type Flag, type FlagExperiment, type FlagValue } from "./flags/flag.ts";
export type { Flags } from "./flags/flags.ts";
export { Flagsmith, type ReadyOptions } from "./flagsmith.ts";
export type { TraitInput, Traits, TraitValue } from "./identity/traits.ts";
export type { ApplicationMetadata, FlagsmithOptions } from "./options.ts";
export type { FlagCache } from "./ports/cache.ts";
export type { DefaultFlagHandler, DefaultFlagLike } from "./ports/default-flag-handler.ts";
export type { Logger } from "./ports/logger.ts";
export type { OfflineHandler } from "./ports/offline-handler.ts";
export {
  backgroundTimersOf,
  type Fetch,
  type Platform,
  type TimerHost,
  type Timers,
  timersOf,
  type WaitUntil,
} from "./ports/platform.ts";
export type { ReportChange } from "./ports/report-change.ts";
export { fullJitter, type RequestFailure, type RetryPolicy } from "./ports/retry-policy.ts";
export { type FlagsmithStorage, storageKey } from "./ports/storage.ts";
export { RequestScope } from "./request-scope.ts";
export { version } from "./version.ts";
