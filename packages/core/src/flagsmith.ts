import type { CallOptions, IdentityCallOptions } from "./api/call.ts";
import { compose, type Modules, type Parts } from "./compose.ts";
import { FlagsmithClientError } from "./errors.ts";
import type { EnvironmentSnapshot, Segment } from "./evaluation/flag-evaluator.ts";
import type { Flags } from "./flags/flags.ts";
import { parseIdentity } from "./identity/identity.ts";
import type { Traits } from "./identity/traits.ts";
import type { FlagsmithOptions } from "./options.ts";
import { invalidOption } from "./parse-options.ts";
import type { Platform } from "./ports/platform.ts";

/** Options of {@link Flagsmith.ready}. */
export interface ReadyOptions extends CallOptions {
  /**
   * Seconds to wait at most; no more than two days.
   * @defaultValue `requestDeadlineSeconds`
   */
  readonly timeoutSeconds?: number | undefined;
}

/** The client: one per environment, for as long as the process lives. Adapters give it its platform. */
export class Flagsmith {
  readonly #parts: Parts;

  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option. */
  constructor(options: FlagsmithOptions, platform: Platform, modules: Modules = {}) {
    this.#parts = compose(options, platform, modules);
  }

  /**
   * The flags of the environment, for nobody in particular.
   *
   * @throws {@link FlagsmithAPIError} when the API fails and there is no `defaultFlagHandler`.
   * @throws {@link FlagsmithClientError} `CLOSED` after `close()`.
   */
  getEnvironmentFlags(options?: CallOptions): Promise<Flags> {
    // Not async functions: those would cost a second promise.
    try {
      return Promise.resolve(this.#parts.evaluator.environmentFlags(options));
    } catch (error) {
      return Promise.reject(error);
    }
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
  getIdentityFlags(
    identifier: string,
    traits?: Traits,
    transientOrOptions?: boolean | IdentityCallOptions,
  ): Promise<Flags> {
    const options =
      typeof transientOrOptions === "boolean"
        ? { transient: transientOrOptions }
        : transientOrOptions;
    try {
      return Promise.resolve(this.#parts.evaluator.identityFlags(identifier, traits, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The segments that an identity with these traits is in; local evaluation or offline mode only.
   *
   * @throws {@link FlagsmithClientError} `NO_ENVIRONMENT` in remote mode, or where default flags stand
   * in for a document; `INVALID_IDENTIFIER` or `INVALID_TRAIT`.
   * @throws {@link FlagsmithAPIError} when there is no document and the API fails.
   */
  async getIdentitySegments(
    identifier: string,
    traits?: Traits,
    options?: CallOptions,
  ): Promise<Segment[]> {
    options?.signal?.throwIfAborted();
    // Checked and copied before the wait, during which the caller may change them.
    const identity = parseIdentity({ identifier, traits });
    return (await this.getSnapshot(options)).identitySegments(identifier, identity.traits);
  }

  /**
   * One version of the environment, asked without waiting; local evaluation or offline mode only.
   *
   * @throws {@link FlagsmithClientError} `NO_ENVIRONMENT` in remote mode.
   * @throws {@link FlagsmithAPIError} when there is no document, the API fails and there is no `defaultFlagHandler`.
   */
  async getSnapshot(options?: CallOptions): Promise<EnvironmentSnapshot> {
    options?.signal?.throwIfAborted();
    const { calls, local } = this.#parts;
    if (local === undefined) {
      throw new FlagsmithClientError(
        "NO_ENVIRONMENT",
        "Remote evaluation has no environment document: set enableLocalEvaluation.",
      );
    }
    return local.snapshots.current() ?? local.snapshots.load(calls.begin(options));
  }

  /**
   * Resolves when flags can be answered without waiting: at once in remote mode. Loading goes on when
   * the wait is over.
   *
   * @throws {@link FlagsmithAPIError} the failure of the first load, or `API_TIMEOUT` when time is up.
   * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for a bad `timeoutSeconds`, `CLOSED` after `close()`.
   */
  async ready({ timeoutSeconds, ...options }: ReadyOptions = {}): Promise<void> {
    if (timeoutSeconds !== undefined) assertSeconds("timeoutSeconds", timeoutSeconds);
    const { calls, local } = this.#parts;
    options.signal?.throwIfAborted();
    if (local?.snapshots.current() !== undefined) return;
    const deadlineMs = timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000;
    const call = calls.begin(options, deadlineMs);
    await local?.provider.ready(call);
  }

  /**
   * Loads the environment document now, whole, and restarts polling if a 401 or 403 had stopped it;
   * does nothing in remote mode.
   *
   * @throws {@link FlagsmithClientError} the load's failure; the old document is kept. `CLOSED` after `close()`.
   */
  async updateEnvironment(options?: CallOptions): Promise<void> {
    const { calls, local } = this.#parts;
    const call = calls.begin(options);
    await local?.provider.update(call);
  }

  /**
   * Ends all background work. In local evaluation later calls answer from memory, else they fail with
   * `CLOSED`; those under way end by themselves.
   */
  async close(): Promise<void> {
    const { calls, local } = this.#parts;
    calls.close();
    local?.provider.close();
  }
}

const mostSeconds = 172_800;

/** A timer fires at once for what it cannot wait for, and for what is no number. */
function assertSeconds(option: string, value: unknown): void {
  if (typeof value === "number" && value >= 0 && value <= mostSeconds) return;
  throw invalidOption(option, `must be a number of seconds, at most ${mostSeconds}`);
}
