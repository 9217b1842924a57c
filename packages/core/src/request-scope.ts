import type { Questions } from "./compose.ts";
import type { EnvironmentSnapshot, Segment } from "./environment/snapshot.ts";
import { FlagsmithClientError, invalidOption } from "./errors.ts";
import type { Flag } from "./flags/flag.ts";
import type { Flags } from "./flags/flags.ts";
import type { CallOptions, IdentityCallOptions } from "./http/call.ts";
import { parseIdentity } from "./identity/identity.ts";
import type { Traits } from "./identity/traits.ts";
import { type EventDetails, type ExposureDetails, exposureOf } from "./reporting/events.ts";

/** What can be asked, of a client or within one request. */
export class RequestScope {
  readonly #questions: Questions;

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  /**
   * The flags of the environment, for nobody in particular.
   *
   * @throws {@link FlagsmithAPIError} when the API fails, no document stands in and there is no
   * `defaultFlagHandler`.
   * @throws {@link FlagsmithClientError} `NO_ENVIRONMENT` when the handler of offline mode gives no document
   * and there is no `defaultFlagHandler`; `CLOSED` after `close()`, unless there is a document in memory.
   */
  getEnvironmentFlags(options?: CallOptions): Promise<Flags> {
    // Not async functions: those would cost a second promise.
    try {
      return Promise.resolve(this.#questions.evaluator.environmentFlags(options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The flags of an identity with these traits.
   *
   * @param transientOrOptions - `true` for an identity that is not to be stored, or options.
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT` before any request;
   * `INVALID_OPTIONS` for an unknown option, and for a `transient` that is no boolean;
   * and what {@link getEnvironmentFlags} throws.
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
    try {
      const options = optionsOf(transientOrOptions);
      return Promise.resolve(this.#questions.evaluator.identityFlags(identifier, traits, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The segments that an identity with these traits is in; local evaluation or offline mode only.
   *
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`; `NO_ENVIRONMENT` where default
   * flags stand in for a document; and what {@link getSnapshot} throws.
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
   * @throws {@link FlagsmithClientError} `NO_ENVIRONMENT` in remote mode, and when the handler of offline mode
   * gives no document and there is no `defaultFlagHandler`; `CLOSED` after `close()`, unless there is a document
   * in memory.
   * @throws {@link FlagsmithAPIError} when there is no document, the API fails and there is no `defaultFlagHandler`.
   */
  async getSnapshot(options?: CallOptions): Promise<EnvironmentSnapshot> {
    options?.signal?.throwIfAborted();
    const { calls, snapshots } = this.#questions;
    if (snapshots === undefined) {
      throw new FlagsmithClientError(
        "NO_ENVIRONMENT",
        "Remote evaluation has no environment document: set enableLocalEvaluation.",
      );
    }
    return snapshots.current() ?? snapshots.load(calls.begin(options));
  }

  /**
   * A flag of an identity, and if it is on and the identity takes part in an experiment of it, an exposure for
   * Flagsmith to count.
   *
   * Only the API knows of experiments: local evaluation and default flags send no exposure, and nor does a
   * transient identity.
   *
   * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` without `enableEvents`, and what
   * {@link getIdentityFlags} throws.
   */
  async getExperimentFlag(
    featureName: string,
    identifier: string,
    traits?: Traits,
    transientOrOptions?: boolean | IdentityCallOptions,
  ): Promise<Flag> {
    const options = optionsOf(transientOrOptions);
    const { events, waitUntil } = this.#events();
    // Copied before the wait, during which the caller may change them.
    const identity = parseIdentity({ identifier, traits });
    const flags = await this.getIdentityFlags(identifier, identity.traits, options);
    const flag = flags.getFlag(featureName);
    const exposure = exposureOf(flag);
    // What is not to be stored by the API is not to be stored by that of events either.
    if (exposure && !options?.transient) {
      events.expose(featureName, { ...exposure, identifier, traits: identity.traits }, waitUntil);
    }
    return flag;
  }

  /**
   * Tells Flagsmith of an event of yours; it is sent with others, about 10 s later. In an isolate that takes
   * a request with a `waitUntil`, this or a later one, or `flush()`.
   *
   * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` without `enableEvents`; `INVALID_EVENT` for a name
   * that is empty or starts with `$`, and for details that are no JSON data; `INVALID_TRAIT`; `CLOSED` after
   * `close()`.
   *
   * @example
   * flagsmith.trackEvent("checkout", { identifier: "user-42", value: 99.5, metadata: { currency: "CHF" } });
   */
  trackEvent(event: string, details: EventDetails = {}): void {
    const { events, waitUntil } = this.#events();
    events.track(event, details, waitUntil);
  }

  /**
   * Tells Flagsmith that an identity was shown a variant (`value`) of a feature; equal ones are sent once
   * per flush. {@link getExperimentFlag} does so by itself.
   *
   * @throws {@link FlagsmithClientError} as {@link trackEvent}; `INVALID_EVENT` also without a feature or an
   * identifier.
   */
  trackExposureEvent(featureName: string, details: ExposureDetails): void {
    const { events, waitUntil } = this.#events();
    events.expose(featureName, details, waitUntil);
  }

  #events() {
    const { calls, events, waitUntil } = this.#questions;
    // Only a client that is open takes any.
    calls.begin();
    if (events === undefined) throw invalidOption("enableEvents", "is needed to track events");
    return { events, waitUntil };
  }
}

/** Refuses what it does not know: an identity must not be stored because of a slip. */
function optionsOf(
  given: boolean | IdentityCallOptions | undefined,
): IdentityCallOptions | undefined {
  if (typeof given === "boolean") return { transient: given };
  if (given !== undefined && typeof given !== "object") {
    throw invalidTransient();
  }
  for (const name in given) {
    if (name !== "transient" && name !== "signal") throw invalidOption(name, "is not an option");
  }
  const transient = given?.transient;
  if (transient !== undefined && typeof transient !== "boolean") throw invalidTransient();
  return given;
}

function invalidTransient(): FlagsmithClientError {
  return invalidOption("transient", "must be true or false");
}
