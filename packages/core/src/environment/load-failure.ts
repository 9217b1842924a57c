import { FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import { describeUnexpected } from "../platform/guard.ts";
import type { Logger } from "../platform/logger.ts";

/** Converts what a load threw to an SDK error. `redact` removes the client's secrets. */
export function toLoadFailure(
  thrown: unknown,
  redact: (text: string) => string,
): FlagsmithClientError {
  if (thrown instanceof FlagsmithClientError) return thrown;
  // A bug in the SDK or in a platform must not end the user's process.
  const message = `Loading the environment failed with ${describeUnexpected(thrown, redact)}.`;
  return new FlagsmithClientError("NO_ENVIRONMENT", message);
}

/** Creates the error of a call whose deadline passes before the document arrives. */
export function createDeadlineError(): FlagsmithAPIError {
  const message = "The environment document did not arrive within the call's deadline.";
  return new FlagsmithAPIError("API_TIMEOUT", message);
}

/** Whether a retry is unlikely to help: the API refused the key, or the runtime the connection. */
export function isRefusal(
  failure: { readonly code: string; readonly status?: number | undefined } | undefined,
): boolean {
  return failure?.code === "PERMISSION_DENIED" || [401, 403].includes(failure?.status ?? 0);
}

/** The facts about a failed load that decide when the next one starts, and what is logged. */
export interface FailedLoad {
  /** Whether a document is in use, even a stale one. */
  readonly hasDocument: boolean;
  /** Whether a retry is unlikely to help. */
  readonly isRefused: boolean;
  /** Whether the last load was refused. */
  readonly wasRefused: boolean;
  readonly retryAfterMs: number;
}

/** Logs a failed load. Refusals are logged once, because they last. */
export function logFailedLoad(logger: Logger, message: string, load: FailedLoad): void {
  const result = load.hasDocument
    ? "The environment could not be refreshed"
    : "Flags could not be loaded";
  if (!load.isRefused) logger.warn(`${result}: ${message}`);
  else if (!load.wasRefused) {
    logger.error(`${result}: ${message} Loading continues at a slower rate.`);
  }
}
