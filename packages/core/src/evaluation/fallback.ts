import type { Environment, EnvironmentProvider } from "../environment/environment.ts";
import { FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import type { FlagsmithOptions } from "../options/options.ts";
import type { DescribeError } from "../platform/guard.ts";
import type { ClientLogger } from "../platform/logger.ts";

/** Limits the log messages of an outage, because the message of each failure may be different. */
const maxMessages = 20;

/** Replaces the result of a failed call: with the offline handler's document, then with default flags. */
export interface Fallback {
  /**
   * Returns the first result of `primary`, of `evaluate` with the offline handler's document, and of `defaults`.
   *
   * The next source is used only after an outage: a failure of the API, a missing document, or `close()` during
   * the call. Other errors, such as an invalid trait or the caller's abort, are thrown.
   *
   * @param call - its deadline covers the API and the offline handler.
   * @throws the error of `primary` if there is no other result.
   */
  run<T>(
    call: Call,
    sources: {
      readonly primary: () => T | Promise<T>;
      readonly evaluate: (environment: Environment) => T | Promise<T>;
      readonly defaults: (failure: FlagsmithClientError) => T;
    },
  ): Promise<T>;
  /** Ends the outage in the log. Flags of a cache do not end it. */
  recovered(): void;
}

/**
 * Creates the fallback of a client. Without default flags, failures reach the caller.
 *
 * @param offline - the offline handler's environment. Missing without a handler, and in offline mode.
 */
export function createFallback(
  client: {
    readonly options: Pick<FlagsmithOptions, "defaultFlagHandler" | "onFailure">;
    readonly logger: ClientLogger;
    readonly describe: DescribeError;
  },
  offline: EnvironmentProvider | undefined,
): Fallback {
  const { logger, describe } = client;
  const { defaultFlagHandler, onFailure } = client.options;
  const hasDefaultFlags = defaultFlagHandler !== undefined || onFailure === "empty";
  /** The messages already logged in this outage. */
  const logged = new Set<string>();

  function warn(subject: string, { code, message: reason, cause }: FlagsmithClientError): void {
    // The error of a user's offline handler is logged with its stack.
    const isUserError = code === "NO_ENVIRONMENT" && cause !== undefined;
    const message = `${subject}${reason}${isUserError ? ` (${describe(cause)})` : ""}`;
    const isRepeated = logged.has(message) || logged.size >= maxMessages;
    logger[isRepeated ? "debug" : "warn"](message);
    if (!isRepeated) logged.add(message);
  }

  return {
    run: async (call, { primary, evaluate, defaults }) => {
      try {
        return await primary();
      } catch (failure) {
        if (!isOutage(failure)) throw failure;
        if (offline) {
          try {
            const result = await evaluate(await offline.ready(call));
            warn("Using the offline handler's document: ", failure);
            return result;
          } catch (offlineFailure) {
            if (!isOutage(offlineFailure)) throw offlineFailure;
            warn("", offlineFailure);
          }
        }
        if (!hasDefaultFlags) throw failure;
        warn("Serving default flags: ", failure);
        return defaults(failure);
      }
    },
    recovered: () => logged.clear(),
  };
}

function isOutage(error: unknown): error is FlagsmithClientError {
  if (error instanceof FlagsmithAPIError) return true;
  return error instanceof FlagsmithClientError && ["NO_ENVIRONMENT", "CLOSED"].includes(error.code);
}
