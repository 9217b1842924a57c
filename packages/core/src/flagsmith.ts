import type { Call } from "./api/call.ts";
import { compose, type Parts } from "./compose.ts";
import { FlagsmithClientError } from "./errors.ts";
import type { Flags } from "./flags/flags.ts";
import { parseIdentity } from "./identity/identity.ts";
import type { Traits } from "./identity/traits.ts";
import type { FlagsmithOptions } from "./options.ts";
import type { Platform } from "./ports/platform.ts";

/** Options of a single call. */
export interface CallOptions {
  /** Ends the call at once, rejecting with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a single call for an identity. */
export interface IdentityCallOptions extends CallOptions {
  /**
   * Whether the API should store neither the identity nor its traits.
   * @defaultValue `false`
   */
  readonly transient?: boolean | undefined;
}

/** The client: one per environment, for as long as the process lives. Adapters give it its platform. */
export class Flagsmith {
  readonly #parts: Parts;
  #isClosed = false;

  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option. */
  constructor(options: FlagsmithOptions, platform: Platform) {
    this.#parts = compose(options, platform);
  }

  /**
   * The flags of the environment, for nobody in particular.
   *
   * @throws {@link FlagsmithAPIError} when the API fails and there is no `defaultFlagHandler`.
   * @throws {@link FlagsmithClientError} `CLOSED` after `close()`.
   */
  async getEnvironmentFlags(options: CallOptions = {}): Promise<Flags> {
    const call = this.#begin(options);
    return this.#parts.evaluator.environmentFlags(call);
  }

  /**
   * The flags of an identity with these traits.
   *
   * @param transientOrOptions - `true` for an identity that is not to be stored, or options.
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT` before any request,
   * `CLOSED` after `close()`.
   * @throws {@link FlagsmithAPIError} when the API fails and there is no `defaultFlagHandler`.
   *
   * @example
   * const flags = await flagsmith.getIdentityFlags("user-42", { plan: "gold" });
   * if (flags.isFeatureEnabled("new_checkout")) …
   */
  async getIdentityFlags(
    identifier: string,
    traits?: Traits,
    transientOrOptions: boolean | IdentityCallOptions = {},
  ): Promise<Flags> {
    const { transient, ...options } =
      typeof transientOrOptions === "object"
        ? transientOrOptions
        : { transient: transientOrOptions };
    const call = this.#begin(options);
    const identity = parseIdentity({ identifier, traits, transient });
    return this.#parts.evaluator.identityFlags(identity, call);
  }

  /** Ends the client: later calls fail with `CLOSED`, those under way end by themselves. */
  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #begin({ signal }: CallOptions): Call {
    if (this.#isClosed) {
      throw new FlagsmithClientError("CLOSED", "This Flagsmith client is closed: create another.");
    }
    signal?.throwIfAborted();
    const { timers, requestDeadlineMs } = this.#parts;
    return { signal, deadlineAt: timers.now() + requestDeadlineMs };
  }
}
