/**
 * The exports that all adapters share. Each adapter adds its own `Flagsmith`.
 *
 * @module
 */
export type { EnvironmentDocument } from "./engine/index.ts";
export type { EnvironmentSnapshot, Segment } from "./environment/snapshot.ts";
export {
  FlagsmithAPIError,
  type FlagsmithAPIErrorCode,
  FlagsmithClientError,
  type FlagsmithErrorCode,
} from "./errors.ts";
export { memoryCache } from "./evaluation/memory-cache.ts";
export type { ClientState } from "./flags/client-state.ts";
export { DefaultFlag, type Flag, type FlagExperiment, type FlagValue } from "./flags/flag.ts";
export type { FlagEvaluation, FlagSource } from "./flags/flag-evaluation.ts";
export type { Flags } from "./flags/flags.ts";
export type { TraitInput, Traits, TraitValue } from "./identity/traits.ts";
export type {
  CallOptions,
  IdentityCallOptions,
  ReadyOptions,
  UpdateOptions,
} from "./options/call-options.ts";
export * from "./options/official-names.ts";
export type * from "./options/options.ts";
export type { Logger, LogLevel } from "./platform/logger.ts";
export type { Fetch, FetchInit, FetchResponse, WaitUntil } from "./platform/platform.ts";
export type { CustomRetryPolicy, RequestFailure, RetryPolicy } from "./platform/retry-policy.ts";
export type { DeliveryCounts } from "./reporting/delivery.ts";
export type { EventDetails, ExposureDetails } from "./reporting/events.ts";
export type { DeliveryReport } from "./reporting/reporter.ts";
export type { RequestScope } from "./request-scope.ts";
export * from "./typed/index.ts";
