export type { AcceptedEvent } from "./accepted.ts";
export type { Answer, Delivery, Framing } from "./answer.ts";
export { createFlagsmithApi, type FlagsmithApi, type FlagsmithApiOptions } from "./api.ts";
export type { ApiRequest, RecordedRequest } from "./api-request.ts";
export type { ApiControls } from "./controls.ts";
export type { Delay } from "./delay.ts";
export type {
  DocumentFeatureState,
  Draft,
  EnvironmentDocument,
  JsonValue,
} from "./environment-document.ts";
export type { OpenStream, StreamSink } from "./event-streams.ts";
export type { Fault, FaultFilter } from "./faults.ts";
export type { FetchFunction } from "./fetch-front.ts";
export type { AskedIdentity, WireTrait } from "./identity.ts";
export type { GivenIdentityFlags } from "./identity-flags.ts";
export type { RedirectStatus } from "./redirects.ts";
export { createRemoteControl, type RemoteControl } from "./remote-control.ts";
export type { WireFlag } from "./wire-flag.ts";
