import { FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import type { Logger } from "../platform/logger.ts";

/** Log messages per outage. The API may word each failure differently. */
const maxMessages = 20;

/** Answers a call that the API cannot: from the offline handler's document, then with default flags. */
export class Fallback {
  readonly #hasDefaultFlags: boolean;
  readonly #logger: Logger;
  /** The messages already logged in this outage. */
  readonly #logged = new Set<string>();

  /** @param hasDefaultFlags - whether a `defaultFlagHandler` is set. Without one, failures reach the caller. */
  constructor(hasDefaultFlags: boolean, logger: Logger) {
    this.#hasDefaultFlags = hasDefaultFlags;
    this.#logger = logger;
  }

  /**
   * Returns the first result of `primary`, `offline` and `defaults`.
   *
   * Only an outage falls back: a failure of the API, a missing document, or `close()` during the call.
   * An invalid trait and the caller's own abort are thrown.
   *
   * @throws the failure of `primary` if nothing can replace its result.
   */
  async run<T>(sources: {
    readonly primary: () => T | Promise<T>;
    readonly offline: (() => T | Promise<T>) | undefined;
    readonly defaults: () => T;
  }): Promise<T> {
    try {
      const result = await sources.primary();
      this.#logged.clear();
      return result;
    } catch (failure) {
      if (!isOutage(failure)) throw failure;
      if (sources.offline !== undefined) {
        try {
          const result = await sources.offline();
          this.#warn(`Using the offline handler's document: ${failure.message}`);
          return result;
        } catch (offlineFailure) {
          if (!isOutage(offlineFailure)) throw offlineFailure;
          this.#warn(offlineFailure.message);
        }
      }
      if (!this.#hasDefaultFlags) throw failure;
      this.#warn(`Serving default flags: ${failure.message}`);
      return sources.defaults();
    }
  }

  #warn(message: string): void {
    if (this.#logged.has(message) || this.#logged.size >= maxMessages) return;
    this.#logged.add(message);
    this.#logger.warn(message);
  }
}

function isOutage(error: unknown): error is FlagsmithClientError {
  if (error instanceof FlagsmithAPIError) return true;
  return error instanceof FlagsmithClientError && ["NO_ENVIRONMENT", "CLOSED"].includes(error.code);
}
