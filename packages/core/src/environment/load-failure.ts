import { FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import type { Logger } from "../platform/logger.ts";

/** What a load ended with, as an error of ours. */
export function failureOf(thrown: unknown): FlagsmithClientError {
  if (thrown instanceof FlagsmithClientError) return thrown;
  // Not the API's failure but a bug, here or in a platform: it must not end the user's process.
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return new FlagsmithClientError("NO_ENVIRONMENT", `Loading the environment failed with ${name}.`);
}

/** The document is not there when a caller's time is up. */
export function notInTime(): FlagsmithAPIError {
  const message = "The environment document did not arrive within the call's deadline.";
  return new FlagsmithAPIError("API_TIMEOUT", message);
}

/** Whether the API has refused the key, or the runtime the connection: asking again is of no use. */
export function isRefusal(failure: FlagsmithClientError): boolean {
  if (failure.code === "PERMISSION_DENIED") return true;
  return failure instanceof FlagsmithAPIError && [401, 403].includes(failure.status ?? 0);
}

/** Tells the log what a load that failed means. */
export function logFailure(logger: Logger, failure: FlagsmithClientError): void {
  const { message } = failure;
  if (isRefusal(failure)) {
    logger.error(`The environment is no longer refreshed, until updateEnvironment(): ${message}`);
  } else {
    logger.warn(`The environment could not be refreshed: ${message}`);
  }
}

/** What the pause after a failure depends on. */
export interface FailedLoad {
  /** Whether there is a document, be it old. */
  readonly hasDocument: boolean;
  /** How many loads have failed since the last that went well, before this one. */
  readonly failuresInARow: number;
  readonly intervalMs: number;
}

/** Milliseconds until the next load: with a document there is no hurry; without one, soon, then ever more slowly. */
export function pauseMsAfter({ hasDocument, failuresInARow, intervalMs }: FailedLoad): number {
  const backoffMs = 1000 * 2 ** Math.min(failuresInARow, 20);
  return hasDocument ? intervalMs : Math.min(backoffMs, intervalMs);
}
