export type { AcceptedEvent } from "./accepted.ts";
export type { ApiResponse, BodyFraming, ResponseDelivery } from "./answer.ts";
export { createFlagsmithApi, type FlagsmithApi, type FlagsmithApiOptions } from "./api.ts";
export type { ApiRequest, ReceivedRequest } from "./api-request.ts";
export type { Delay } from "./delay.ts";
export type {
  Draft,
  JsonValue,
  WireDocument,
  WireFeatureState,
} from "./environment-document.ts";
export type { StreamSink, StreamSource } from "./event-streams.ts";
export type { Fault } from "./faults.ts";
export type { FetchFunction } from "./fetch-front.ts";
export type { RequestedIdentity, WireTrait } from "./identity.ts";
export type { IdentityFlagsHandler } from "./identity-flags.ts";
export type { RedirectStatus } from "./redirects.ts";
export { RemoteControl } from "./remote-control.ts";
export type { WireFlag } from "./wire-flag.ts";
