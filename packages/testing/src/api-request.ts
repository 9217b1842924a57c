/** A request as either front hands it to the API. */
export interface ApiRequest {
  /** In capitals. */
  readonly method: string;
  /** Scheme, host and port the request was sent to. */
  readonly origin: string;
  readonly path: string;
  /** With its question mark; empty when there is none. */
  readonly search: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A request the API has received. */
export interface ReceivedRequest {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly search: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text; bytes that are not UTF-8 are replaced. */
  readonly body: string;
  /** Milliseconds since the epoch, by the API's clock. */
  readonly time: number;
}
