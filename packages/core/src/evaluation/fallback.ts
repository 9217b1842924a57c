import { FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import type { FlagsmithOptions } from "../options/options.ts";
import type { DescribeError } from "../platform/guard.ts";
import type { ClientLogger } from "../platform/logger.ts";

/** Limits the log messages of an outage, because the message of each failure may be different. */
const maxMessages = 20;

/** Replaces the result of a failed call: with the offline handler's document, then with default flags. */
export class Fallback {
  /** Without default flags, failures reach the caller. */
  readonly #hasDefaultFlags: boolean;
  readonly #logger: ClientLogger;
  readonly #describe: DescribeError;
  /** The messages already logged in this outage. */
  readonly #logged = new Set<string>();

  constructor(client: {
    readonly options: Pick<FlagsmithOptions, "defaultFlagHandler" | "onFailure">;
    readonly logger: ClientLogger;
    readonly describe: DescribeError;
  }) {
    const { defaultFlagHandler, onFailure } = client.options;
    this.#hasDefaultFlags = defaultFlagHandler !== undefined || onFailure === "empty";
    this.#logger = client.logger;
    this.#describe = client.describe;
  }

  /**
   * Returns the first result of `primary`, `offline` and `defaults`.
   *
   * The next source is used only after an outage: a failure of the API, a missing document, or `close()` during
   * the call. Other errors, such as an invalid trait or the caller's abort, are thrown.
   *
   * @throws the error of `primary` if there is no other result.
   */
  async run<T>(sources: {
    readonly primary: () => T | Promise<T>;
    readonly offline: (() => T | Promise<T>) | undefined;
    readonly defaults: (failure: FlagsmithClientError) => T;
  }): Promise<T> {
    try {
      return await sources.primary();
    } catch (failure) {
      if (!isOutage(failure)) throw failure;
      if (sources.offline) {
        try {
          const result = await sources.offline();
          this.#warn("Using the offline handler's document: ", failure);
          return result;
        } catch (offlineFailure) {
          if (!isOutage(offlineFailure)) throw offlineFailure;
          this.#warn("", offlineFailure);
        }
      }
      if (!this.#hasDefaultFlags) throw failure;
      this.#warn("Serving default flags: ", failure);
      return sources.defaults(failure);
    }
  }

  /** Ends the outage in the log. Flags of a cache do not end it. */
  recovered(): void {
    this.#logged.clear();
  }

  #warn(subject: string, { code, message: reason, cause }: FlagsmithClientError): void {
    // The error of a user's offline handler is logged with its stack.
    const isUserError = code === "NO_ENVIRONMENT" && cause !== undefined;
    const message = `${subject}${reason}${isUserError ? ` (${this.#describe(cause)})` : ""}`;
    const isRepeated = this.#logged.has(message) || this.#logged.size >= maxMessages;
    this.#logger[isRepeated ? "debug" : "warn"](message);
    if (!isRepeated) this.#logged.add(message);
  }
}

function isOutage(error: unknown): error is FlagsmithClientError {
  if (error instanceof FlagsmithAPIError) return true;
  return error instanceof FlagsmithClientError && ["NO_ENVIRONMENT", "CLOSED"].includes(error.code);
}
