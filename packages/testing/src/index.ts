/**
 * An in-memory Flagsmith API for tests, with fault injection.
 *
 * @module
 */
// The types of a client's calls and their results, so that a library of test helpers can name them in its declarations.
export type {
  CallOptions,
  ClientState,
  ClientStatus,
  DeliveryReport,
  EnvironmentDocument,
  EnvironmentSnapshot,
  EventDetails,
  ExposureDetails,
  Flag,
  FlagEvaluation,
  FlagExperiment,
  FlagSource,
  Flags,
  FlagsmithClientError,
  FlagsmithErrorCode,
  FlagValue,
  IdentityCallOptions,
  ReadyOptions,
  RequestScope,
  Segment,
  Traits,
  UpdateOptions,
  WaitUntil,
} from "@flagsmith-isomorphic/core/adapter";
export type {
  DocumentFeatureState,
  DocumentIdentityOverride,
  DocumentSegment,
} from "@flagsmith-isomorphic/core/engine";
export type { ApiRequest } from "./api-request.ts";
export type {
  ApiResponse,
  BodyFraming,
  ResponseDelivery,
  StreamSink,
  StreamSource,
} from "./api-response.ts";
export type { Delay } from "./body-stream.ts";
export type { Fault } from "./faults.ts";
export type { FetchFunction } from "./fetch.ts";
export {
  createFlagsmithApi,
  type FlagsmithApi,
  type FlagsmithApiOptions,
} from "./flagsmith-api.ts";
export type { WireTrait } from "./identity-store.ts";
export type { ReceivedRequest } from "./received-request.ts";
export type { RedirectStatus } from "./redirects.ts";
export { RemoteControl } from "./remote-control.ts";
export type { AcceptedEvent } from "./routes/reports.ts";
export type { DocumentDates } from "./served-environment.ts";
export { type TestFlag, TestFlagsmith, type TestFlagsOptions, testFlags } from "./test-flags.ts";
export type { Draft, JsonValue, WireDocument, WireFeatureState } from "./wire-document.ts";
export type { IdentityFlagsHandler, RequestedIdentity, WireFlag } from "./wire-flags.ts";
