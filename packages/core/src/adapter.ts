/**
 * What every adapter exports besides its own `Flagsmith`: one list for all of them.
 *
 * @module
 */
export type { DeliveryCounts, DeliveryReport } from "./analytics/delivery-report.ts";
export type { EventDetails, ExposureDetails } from "./analytics/events.ts";
export type { CallOptions, IdentityCallOptions } from "./api/call.ts";
export {
  FlagsmithAPIError,
  type FlagsmithAPIErrorCode,
  FlagsmithClientError,
  type FlagsmithErrorCode,
} from "./errors.ts";
export type { EnvironmentSnapshot, Segment } from "./evaluation/flag-evaluator.ts";
export { DefaultFlag, type Flag, type FlagExperiment, type FlagValue } from "./flags/flag.ts";
export type { FlagEvaluation, FlagOrigin } from "./flags/flag-evaluation.ts";
export type { Flags } from "./flags/flags.ts";
export type { ReadyOptions } from "./flagsmith.ts";
export type { TraitInput, Traits, TraitValue } from "./identity/traits.ts";
export type { ApplicationMetadata, FlagsmithOptions } from "./options.ts";
export type { FlagCache } from "./ports/cache.ts";
export type { DefaultFlagHandler, DefaultFlagLike } from "./ports/default-flag-handler.ts";
export type { Logger } from "./ports/logger.ts";
export type { OfflineHandler } from "./ports/offline-handler.ts";
export type { Fetch, WaitUntil } from "./ports/platform.ts";
export type { ReportChange } from "./ports/report-change.ts";
export type { OwnRetryPolicy, RequestFailure, RetryPolicy } from "./ports/retry-policy.ts";
export type { FlagsmithStorage } from "./ports/storage.ts";
export type { RequestScope } from "./request-scope.ts";
