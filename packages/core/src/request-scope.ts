import type { ClientParts } from "./compose.ts";
import type { EnvironmentSnapshot, Segment } from "./environment/snapshot.ts";
import { createDetachedError } from "./errors.ts";
import type { Evaluator } from "./evaluation/evaluator.ts";
import type { Scope } from "./evaluation/scope.ts";
import type { Flag } from "./flags/flag.ts";
import type { Flags } from "./flags/flags.ts";
import { anonymous } from "./identity/identity.ts";
import type { Traits } from "./identity/traits.ts";
import {
  type CallOptions,
  type IdentityCallOptions,
  parseCallOptions,
  parseIdentityOptions,
} from "./options/call-options.ts";
import type { EventDetails, ExposureDetails } from "./reporting/events.ts";

/** Global, because an integration may come from another copy of the package. */
const stateKey = Symbol.for("flagsmith-isomorphic/client/1");

/** Returns the state of a client or of one request. */
export function getState(owner: object): {
  readonly parts: ClientParts;
  readonly scope: Scope;
  readonly evaluator: Evaluator;
} {
  const client = owner as { readonly [stateKey]: () => ReturnType<typeof getState> } | undefined;
  if (!client) throw createDetachedError("flagsmith.getIdentityFlags");
  return client[stateKey]();
}

/** The calls shared by the client and by `forRequest()`. */
export class RequestScope {
  constructor(parts: ClientParts, scope: Scope) {
    const state = { parts, scope, evaluator: parts.createEvaluator(scope) };
    const read = () => {
      parts.checkStatus?.();
      return state;
    };
    // Not a private field, which a Proxy does not have. A function, so that no inspection of the client prints secrets.
    Object.defineProperty(this, stateKey, { value: read });
  }

  /**
   * The environment's flags, without an identity.
   *
   * @throws {@link FlagsmithAPIError} if the API fails and neither an `offlineHandler`, a `defaultFlagHandler` nor
   * `onFailure: "empty"` replaces the result.
   * @throws {@link FlagsmithClientError} `NO_ENVIRONMENT` if offline mode has no document and no default
   * flags are used. `CLOSED` after `close()`, unless a document is in memory.
   */
  getEnvironmentFlags(options?: CallOptions): Promise<Flags> {
    // Not async: that would create a second promise.
    try {
      const { evaluator, scope } = getState(this);
      return Promise.resolve(evaluator.environmentFlags(scope, parseCallOptions(options)));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The flags of an identity with these traits.
   *
   * @param transientOrOptions - `true` if the API must not store the identity, or options.
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT` before any request.
   * `INVALID_OPTIONS` for an unknown option or a `transient` that is not a boolean.
   * Otherwise the errors of {@link getEnvironmentFlags}.
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
      const options = parseIdentityOptions(transientOrOptions);
      const { evaluator, scope } = getState(this);
      return Promise.resolve(evaluator.identityFlags(scope, identifier, traits, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The flags of an anonymous identity, for example of a visitor who has not signed in. The API stores neither the
   * identity nor its traits. Local evaluation returns the same flags as the API.
   *
   * Visitors with equal traits get the same variants. Without traits, variants are random for each call.
   *
   * @throws {@link FlagsmithClientError} `INVALID_TRAIT` with `strictTraits`. Otherwise the errors of
   * {@link getEnvironmentFlags}.
   *
   * @example
   * const flags = await flagsmith.getAnonymousFlags({ country: "CH" });
   */
  async getAnonymousFlags(traits?: Traits, options?: CallOptions): Promise<Flags> {
    const { evaluator, scope } = getState(this);
    return await evaluator.identityFlags(scope, anonymous, traits, parseCallOptions(options));
  }

  /**
   * The segments that match an identity with these traits. Local evaluation or offline mode only.
   *
   * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER` or `INVALID_TRAIT`. `NO_ENVIRONMENT` if
   * default flags replace the document. Otherwise the errors of {@link getSnapshot}.
   */
  async getIdentitySegments(
    identifier: string,
    traits?: Traits,
    options?: CallOptions,
  ): Promise<Segment[]> {
    parseCallOptions(options)?.signal?.throwIfAborted();
    // Copied before the wait, because the caller may change its traits meanwhile.
    const identity = getState(this).parts.context.identities.parse({ identifier, traits });
    return (await this.getSnapshot(options)).identitySegments(identity.identifier, identity.traits);
  }

  /**
   * One version of the environment, for synchronous evaluation. Local evaluation or offline mode only.
   *
   * @throws {@link FlagsmithClientError} `NO_ENVIRONMENT` in remote mode, and if offline mode has no document
   * and no default flags are used. `CLOSED` after `close()`, unless a document is in memory.
   * @throws {@link FlagsmithAPIError} if no document is in memory, the API fails and no default flags are used.
   */
  async getSnapshot(options?: CallOptions): Promise<EnvironmentSnapshot> {
    const { evaluator, scope } = getState(this);
    return await evaluator.snapshot(scope, parseCallOptions(options));
  }

  /**
   * The version of the environment in memory, whatever its age. `undefined` in remote mode and before the first
   * load. Within `forRequest()`, later calls of the request use the same version.
   *
   * Starts the first load or a due refresh, unless it would end with the request: an isolate needs a `waitUntil`.
   */
  currentSnapshot(): EnvironmentSnapshot | undefined {
    const { evaluator, scope } = getState(this);
    return evaluator.currentSnapshot(scope);
  }

  /**
   * A flag of an identity. If it is on and the identity takes part in its experiment, an exposure is sent.
   *
   * Only the API knows experiments: local evaluation and default flags send no exposure. A transient identity sends
   * none either. Without `enableEvents` it returns the flag, and sends nothing.
   *
   * @throws {@link FlagsmithClientError} the errors of {@link getIdentityFlags}.
   */
  async getExperimentFlag(
    featureName: string,
    identifier: string,
    traits?: Traits,
    transientOrOptions?: boolean | IdentityCallOptions,
  ): Promise<Flag> {
    const options = parseIdentityOptions(transientOrOptions);
    const { parts, scope } = getState(this);
    const events = parts.reporter.useEvents(scope);
    const identity = parts.context.identities.parse({ identifier, traits });
    const flags = await this.getIdentityFlags(identity.identifier, identity.traits, options);
    const flag = flags.getFlag(featureName);
    // The events API stores what it receives.
    if (!options?.transient) events?.exposeFlag(flag, identity, scope.waitUntil);
    return flag;
  }

  /**
   * Queues an event. Queued events are sent to Flagsmith about every 10 s. In an isolate they are sent by a
   * request with a `waitUntil`, or by `flush()`. Does nothing without `enableEvents`.
   *
   * @throws {@link FlagsmithClientError} `INVALID_EVENT` for a name that is empty or starts with `$`, for a
   * `value` of another type, for metadata that is not JSON data, and for more than 64 kB.
   * `INVALID_IDENTIFIER`. `INVALID_TRAIT`. `CLOSED` after `close()`.
   *
   * @example
   * flagsmith.trackEvent("checkout", { identifier: "user-42", value: 99.5, metadata: { currency: "CHF" } });
   */
  trackEvent(event: string, details: EventDetails = {}): void {
    const { parts, scope } = getState(this);
    parts.reporter.useEvents(scope)?.track(event, details, scope.waitUntil);
  }

  /**
   * Reports that an identity was shown a variant (`value`) of a feature. Equal exposures are sent once per
   * flush. {@link getExperimentFlag} calls this itself.
   *
   * @throws {@link FlagsmithClientError} the errors of {@link trackEvent}. `INVALID_EVENT` also without a
   * feature, `INVALID_IDENTIFIER` also without an identifier.
   */
  trackExposureEvent(featureName: string, details: ExposureDetails): void {
    const { parts, scope } = getState(this);
    parts.reporter.useEvents(scope)?.expose(featureName, details, scope.waitUntil);
  }
}
