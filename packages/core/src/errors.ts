/** What went wrong, for a `switch`: stable across versions, unlike the messages. */
export type FlagsmithErrorCode =
  | FlagsmithAPIErrorCode
  | "INVALID_OPTIONS"
  | "INVALID_IDENTIFIER"
  | "INVALID_TRAIT"
  | "INVALID_EVENT"
  | "NO_ENVIRONMENT"
  | "STORAGE_FAILED"
  | "CLOSED";

/** The codes of a {@link FlagsmithAPIError}. */
export type FlagsmithAPIErrorCode =
  | "API_STATUS"
  | "API_TIMEOUT"
  | "API_UNREACHABLE"
  | "INVALID_RESPONSE"
  | "PERMISSION_DENIED";

/** Any error of this SDK; `code` says which, `cause` where it came from. */
export class FlagsmithClientError extends Error {
  override readonly name: string = "FlagsmithClientError";
  readonly code: FlagsmithErrorCode;

  constructor(code: FlagsmithErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** What is known of a failed request. */
export interface FlagsmithAPIErrorOptions {
  readonly cause?: unknown;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** A request to the Flagsmith API failed, or its answer could not be used. */
export class FlagsmithAPIError extends FlagsmithClientError {
  override readonly name: string = "FlagsmithAPIError";
  declare readonly code: FlagsmithAPIErrorCode;
  /** The HTTP status of the answer; `undefined` where none arrived whole, and for a redirect. */
  readonly status: number | undefined;
  /** Milliseconds that the server asked to wait before another request, a day at most; else `undefined`. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: FlagsmithAPIErrorCode,
    message: string,
    options: FlagsmithAPIErrorOptions = {},
  ) {
    super(code, message, options);
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The error for an option, naming it and never its value. */
export function invalidOption(option: string, complaint: string): FlagsmithClientError {
  return new FlagsmithClientError("INVALID_OPTIONS", `Option ${option} ${complaint}.`);
}

/** The error for a client that answers nothing any more. */
export function closedError(): FlagsmithClientError {
  return new FlagsmithClientError("CLOSED", "This Flagsmith client is closed: create another.");
}
