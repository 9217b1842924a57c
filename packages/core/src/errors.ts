import { version } from "./version.ts";

/** Identifies the cause of an error. Codes are stable across versions, messages are not. */
export type FlagsmithErrorCode =
  | FlagsmithAPIErrorCode
  | "INVALID_OPTIONS"
  | "INVALID_IDENTIFIER"
  | "INVALID_TRAIT"
  | "INVALID_EVENT"
  | "NO_ENVIRONMENT"
  | "STORAGE_FAILED"
  | "WRONG_RUNTIME"
  | "CLOSED";

/** The codes of a {@link FlagsmithAPIError}. */
export type FlagsmithAPIErrorCode =
  | "API_STATUS"
  | "API_TIMEOUT"
  | "API_UNREACHABLE"
  | "INVALID_RESPONSE"
  | "PERMISSION_DENIED";

/** An error of the SDK. `code` identifies the problem. `cause` is the original error, if there is one. */
export class FlagsmithClientError extends Error {
  override readonly name: string = "FlagsmithClientError";
  readonly code: FlagsmithErrorCode;

  static {
    // biome-ignore lint/complexity/noThisInStatic: bundlers rename a class whose code names it, also in its output.
    shareAcrossCopies(this, "FlagsmithClientError");
  }

  constructor(code: FlagsmithErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A request to the Flagsmith API failed, or its response was invalid. */
export class FlagsmithAPIError extends FlagsmithClientError {
  override readonly name: string = "FlagsmithAPIError";
  declare readonly code: FlagsmithAPIErrorCode;
  /** The HTTP status. `undefined` if no complete response arrived, and after a redirect that was not followed. */
  readonly status: number | undefined;
  /** The `Retry-After` of the response in milliseconds, at most a day. `undefined` without one. */
  readonly retryAfterMs: number | undefined;
  /** The API's own reason, at most 200 characters, without secrets. `undefined` if its response contains none. */
  readonly reason: string | undefined;

  static {
    // biome-ignore lint/complexity/noThisInStatic: bundlers rename a class whose code names it, also in its output.
    shareAcrossCopies(this, "FlagsmithAPIError");
  }

  constructor(
    code: FlagsmithAPIErrorCode,
    message: string,
    options: {
      readonly cause?: unknown;
      readonly status?: number | undefined;
      readonly retryAfterMs?: number | undefined;
      readonly reason?: string | undefined;
    } = {},
  ) {
    super(code, message, options);
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.reason = options.reason;
  }
}

/** Creates the error for a response that was successful but cannot be used. */
export function createInvalidResponseError(message: string, status = 200): FlagsmithAPIError {
  return new FlagsmithAPIError("INVALID_RESPONSE", message, { status });
}

/** Creates the error for an option. It names the option, but not its value. */
export function createOptionError(option: string, problem: string): FlagsmithClientError {
  return new FlagsmithClientError("INVALID_OPTIONS", `Option ${option} ${problem}.`);
}

/** Creates the error for an unknown option. It suggests a known one with a similar name. */
export function createUnknownOptionError(
  name: string,
  known: readonly string[],
): FlagsmithClientError {
  // Matches names that differ in one place: by two letters, by three of the known name, or by missing letters.
  const similarNames = /^(.*)(?:.?.?(.*) \1.?.?.?\2|(.*) \1.*\3)$/i;
  const similar = known.find((other) => similarNames.test(`${name} ${other}`));
  const advice = similar === undefined ? "" : ` Did you mean "${similar}"?`;
  return new FlagsmithClientError("INVALID_OPTIONS", `Unknown option "${name}".${advice}`);
}

/** Creates the error for a method that was taken from its object. */
export function createDetachedError(call: string): TypeError {
  return new TypeError(`Call ${call}(…) as a method of its object.`);
}

/** Creates the error for a call that needs the environment document. */
export function createRemoteModeError(): FlagsmithClientError {
  return new FlagsmithClientError(
    "NO_ENVIRONMENT",
    "Remote evaluation has no environment document: set enableLocalEvaluation.",
  );
}

/** Creates the error for a call after `close()`. */
export function createClosedError(): FlagsmithClientError {
  return new FlagsmithClientError("CLOSED", "This client is closed: create another.");
}

/** A class with instances, whatever its constructor takes. */
type AnyClass = abstract new (...args: never) => object;

/**
 * Makes `instanceof` recognize the instances of all copies of a class. A process may contain several copies of one
 * version: that of each module format, and those in the files of adapters. Subclasses are not affected.
 */
function shareAcrossCopies(shared: AnyClass, name: string): void {
  const mark = Symbol.for(`flagsmith-isomorphic@${version}/${name}`);
  Object.defineProperty(shared.prototype, mark, { value: true });
  Object.defineProperty(shared, Symbol.hasInstance, {
    value(this: AnyClass, candidate: unknown): boolean {
      return this === shared
        ? mark in Object(candidate)
        : Function.prototype[Symbol.hasInstance].call(this, candidate);
    },
  });
}
