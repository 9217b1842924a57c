import type { ApiRequest } from "./api-request.ts";
import type { Fault } from "./faults.ts";

/** A request in the API's log. */
export interface ReceivedRequest extends Omit<ApiRequest, "body"> {
  /** The body as text. Invalid UTF-8 is replaced by U+FFFD. */
  readonly body: string;
  /** Milliseconds since the epoch, by the API's clock. */
  readonly time: number;
  /** The kind of the fault that `failNext` applied to the request. Missing without one. */
  readonly fault?: Fault["kind"];
}
