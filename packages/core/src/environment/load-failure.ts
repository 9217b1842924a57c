import { FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import type { Logger } from "../platform/logger.ts";

/** Converts what a load threw to an SDK error. */
export function toLoadFailure(thrown: unknown): FlagsmithClientError {
  if (thrown instanceof FlagsmithClientError) return thrown;
  // A bug in the SDK or in a platform must not end the user's process.
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return new FlagsmithClientError("NO_ENVIRONMENT", `Loading the environment failed with ${name}.`);
}

/** Creates the error of a call whose deadline passes before the document arrives. */
export function createDeadlineError(): FlagsmithAPIError {
  const message = "The environment document did not arrive within the call's deadline.";
  return new FlagsmithAPIError("API_TIMEOUT", message);
}

/** Whether a retry cannot help: the API refused the key, or the runtime the connection. */
export function isRefusal(failure: FlagsmithClientError): boolean {
  if (failure.code === "PERMISSION_DENIED") return true;
  return failure instanceof FlagsmithAPIError && [401, 403].includes(failure.status ?? 0);
}

/**
 * Logs a failed load.
 *
 * @param hasDocument - whether a document is in use, even a stale one.
 */
export function logLoadFailure(
  logger: Logger,
  failure: FlagsmithClientError,
  hasDocument: boolean,
): void {
  const { message } = failure;
  const result = hasDocument
    ? "The environment could not be refreshed"
    : "Flags could not be loaded";
  if (isRefusal(failure)) {
    const reason = message.replace(/\.$/, "");
    logger.error(`${result} and loading has stopped: ${reason}, then call updateEnvironment().`);
  } else {
    logger.warn(`${result}: ${message}`);
  }
}

/**
 * Returns the backoff after a failed load: 1, 2, 4 … s, up to the interval.
 *
 * @param consecutiveFailures - failed loads since the last success, without this one.
 */
export function computeBackoffMs(consecutiveFailures: number, intervalMs: number): number {
  return Math.min(1000 * 2 ** Math.min(consecutiveFailures, 20), intervalMs);
}
