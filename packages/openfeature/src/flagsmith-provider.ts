import type { Flag, Flags, Flagsmith as FlagsmithClient } from "@flagsmith-isomorphic/core";
import {
  type ContextIdentity,
  ContextReader,
  describeVariant,
  type FlagFacts,
  findFlagReason,
  isUnknownFlag,
  logWarning,
  type RequestedValue,
  readFlagFacts,
  toBooleanValue,
  toNumberValue,
  toObjectValue,
  toStringValue,
} from "@flagsmith-isomorphic/core/integration";
import {
  ErrorCode,
  type EvaluationContext,
  type FlagMetadata,
  type Hook,
  type JsonValue,
  type Logger,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  type ResolutionDetails,
  StandardResolutionReasons,
  type TrackingEventDetails,
} from "@openfeature/server-sdk";
import { Flagsmith, type FlagsmithOptions } from "flagsmith-isomorphic";
import { ClientEvents } from "./client-events.ts";
import { createProviderError, describeError, findErrorCode } from "./provider-errors.ts";

/** Options of a {@link FlagsmithProvider}. */
export interface FlagsmithProviderOptions {
  /**
   * The boolean of a feature: whether it is `enabled`, or its `value`, which must be a boolean. With `value`, a feature
   * that is off resolves to the default of the call.
   * @defaultValue `"enabled"`
   */
  readonly booleans?: "enabled" | "value" | undefined;
  /**
   * Whether a context without a targeting key is an anonymous identity with its attributes as traits. Otherwise it gets
   * the environment's flags.
   * @defaultValue `false`
   */
  readonly anonymous?: boolean | undefined;
  /**
   * Whether the metadata of flags contain the targeting key, as `contextId`. OpenTelemetry hooks export it.
   * @defaultValue `false`
   */
  readonly enableContextId?: boolean | undefined;
  /** Hooks that run for each evaluation of this provider. */
  readonly hooks?: readonly Hook[] | undefined;
}

/** Reads the value of a flag. `isEnabled` reads whether the feature is on instead. */
type Reader<T> = ((value: Flag["value"]) => RequestedValue<T>) | "isEnabled";

/**
 * Flagsmith as a provider of OpenFeature's server SDK, in remote and in local evaluation.
 *
 * @example
 * await OpenFeature.setProviderAndWait(new FlagsmithProvider(flagsmith));
 * const client = OpenFeature.getClient();
 * await client.getBooleanValue("dark_mode", false, { targetingKey: "user-42", plan: "gold" });
 */
export class FlagsmithProvider implements Provider {
  readonly metadata: { readonly name: "flagsmith" } = { name: "flagsmith" };
  readonly runsOn = "server";
  readonly events: OpenFeatureEventEmitter = new OpenFeatureEventEmitter();
  readonly hooks: Hook[];
  /** The user's client. Otherwise the provider creates one from the options. */
  readonly #given: FlagsmithClient | undefined;
  readonly #clientOptions: FlagsmithOptions | undefined;
  readonly #options: FlagsmithProviderOptions;
  readonly #contexts = new ContextReader();
  /** Missing before `initialize()` and after `onClose()`. */
  #client: FlagsmithClient | undefined;
  #clientEvents: ClientEvents | undefined;
  #hasWarnedOfEvent = false;

  /**
   * Starts nothing. Invalid options make `initialize()` reject with `PROVIDER_FATAL`.
   *
   * @param flagsmith - a client of any adapter, which stays open when the provider is closed. Or the options of a client
   * that the provider creates and closes.
   */
  constructor(
    flagsmith: FlagsmithClient | FlagsmithOptions,
    options: FlagsmithProviderOptions = {},
  ) {
    if (isClient(flagsmith)) this.#given = flagsmith;
    else this.#clientOptions = flagsmith;
    this.#options = options;
    this.hooks = [...(options.hooks ?? [])];
  }

  /**
   * Waits until the client can answer. In remote mode it does not wait for the API. It does not wait at the module scope
   * of a Worker either, where no request may be sent: the first evaluations do.
   *
   * @throws an error whose code is `PROVIDER_FATAL` if the options are invalid, or the API refuses the key and there is no
   * fallback.
   */
  initialize(): Promise<void> {
    const initialized = this.#initialize();
    const clientEvents = this.#clientEvents;
    // The SDK sets its status in a reaction to this promise. Events about other statuses follow.
    void initialized
      .then(
        () => ProviderEvents.Ready as const,
        () => ProviderEvents.Error as const,
      )
      .then(async (reported) => {
        await undefined;
        // The provider may have been closed and initialized again.
        if (this.#clientEvents === clientEvents) clientEvents?.start(reported);
      });
    return initialized;
  }

  /**
   * Closes the client if the provider has created it. Otherwise sends its queued analytics and events. Evaluations are
   * `PROVIDER_NOT_READY` until the provider is initialized again.
   */
  async onClose(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#clientEvents?.stop();
    this.#clientEvents = undefined;
    if (this.#given === undefined) await client?.close();
    else await client?.flush();
  }

  resolveBooleanEvaluation(
    flagKey: string,
    defaultValue: boolean,
    context: EvaluationContext,
    logger: Logger,
  ): Promise<ResolutionDetails<boolean>> {
    const read = this.#options.booleans === "value" ? toBooleanValue : "isEnabled";
    return this.#resolve(flagKey, { defaultValue, context, logger, read });
  }

  resolveStringEvaluation(
    flagKey: string,
    defaultValue: string,
    context: EvaluationContext,
    logger: Logger,
  ): Promise<ResolutionDetails<string>> {
    return this.#resolve(flagKey, { defaultValue, context, logger, read: toStringValue });
  }

  resolveNumberEvaluation(
    flagKey: string,
    defaultValue: number,
    context: EvaluationContext,
    logger: Logger,
  ): Promise<ResolutionDetails<number>> {
    return this.#resolve(flagKey, { defaultValue, context, logger, read: toNumberValue });
  }

  /** The type of the value is that of the default. It is not checked. */
  resolveObjectEvaluation<T extends JsonValue>(
    flagKey: string,
    defaultValue: T,
    context: EvaluationContext,
    logger: Logger,
  ): Promise<ResolutionDetails<T>> {
    const read = toObjectValue as (value: Flag["value"]) => RequestedValue<T>;
    return this.#resolve(flagKey, { defaultValue, context, logger, read });
  }

  /**
   * Queues an event, if the client has `enableEvents`. That of a transient identity has no identifier and no traits. An
   * invalid event is dropped.
   */
  track(name: string, context: EvaluationContext, details: TrackingEventDetails): void {
    const client = this.#client;
    if (client === undefined) return;
    const { value, ...metadata } = details;
    const { identifier, traits, isTransient } = this.#contexts.read(context, silent);
    // The events API stores what it receives.
    const identity = isTransient ? {} : { identifier, traits };
    try {
      client.trackEvent(name, { ...identity, value, metadata });
    } catch (error) {
      if (this.#hasWarnedOfEvent) return;
      this.#hasWarnedOfEvent = true;
      const advice = "The event is dropped. (Later ones are not logged.)";
      logWarning(client, `OpenFeature track: ${describeError(error)} ${advice}`);
    }
  }

  async #initialize(): Promise<void> {
    let client: FlagsmithClient;
    try {
      assertOptions(this.#options);
      // `flagsmith-isomorphic` checks the options. A provider of two domains or APIs may be initialized twice.
      client = this.#given ?? this.#client ?? new Flagsmith(this.#clientOptions ?? {});
    } catch (error) {
      throw createProviderError(ErrorCode.PROVIDER_FATAL, error);
    }
    this.#client = client;
    this.#clientEvents?.stop();
    this.#clientEvents = new ClientEvents(client, this.events);
    if (isModuleScope()) return;
    try {
      await client.ready();
    } catch (error) {
      const code = findErrorCode(error);
      // The SDK does not call a fatal provider, although its fallbacks can answer.
      const isFatal = code === ErrorCode.PROVIDER_FATAL && !(await canAnswer(client));
      throw createProviderError(isFatal ? code : ErrorCode.GENERAL, error);
    }
  }

  async #resolve<T>(
    flagKey: string,
    call: {
      readonly defaultValue: T;
      readonly context: EvaluationContext;
      readonly logger: Logger;
      readonly read: Reader<T>;
    },
  ): Promise<ResolutionDetails<T>> {
    const { defaultValue, read } = call;
    const client = this.#client;
    if (client === undefined) {
      const message = "The provider is not initialized, or it is closed.";
      return fail(defaultValue, ErrorCode.PROVIDER_NOT_READY, message);
    }
    try {
      const identity = this.#contexts.read(call.context, call.logger);
      const flags = await this.#getFlags(client, identity);
      const flag = flags.getFlag(flagKey);
      const facts = readFlagFacts(flags, flagKey);
      const flagMetadata = this.#createMetadata(flags, { flag, facts, identity });
      if (isUnknownFlag(flag)) return failUnknown(flagKey, defaultValue, facts);
      const reason = findResolutionReason(client, { flags, flag, facts });
      if (read === "isEnabled") {
        // A reader of booleans, so that `T` is boolean.
        const value = flag.enabled as T;
        return { value, reason, flagMetadata, ...describeVariant(flag, value) };
      }
      if (!flag.enabled) {
        return { value: defaultValue, reason: StandardResolutionReasons.DISABLED, flagMetadata };
      }
      const result = read(flag.value);
      if ("problem" in result) {
        const message = `Feature ${JSON.stringify(flagKey)}: the value ${result.problem}.`;
        return { ...fail(defaultValue, ErrorCode[result.code], message), flagMetadata };
      }
      const { value } = result;
      return { value, reason, flagMetadata, ...describeVariant(flag, value) };
    } catch (error) {
      return fail(defaultValue, findErrorCode(error), describeError(error));
    }
  }

  #getFlags(client: FlagsmithClient, identity: ContextIdentity): Promise<Flags> {
    const { identifier, traits, isTransient } = identity;
    if (identifier !== undefined) return client.getIdentityFlags(identifier, traits, isTransient);
    return this.#options.anonymous
      ? client.getAnonymousFlags(traits)
      : client.getEnvironmentFlags();
  }

  #createMetadata(
    { source }: Flags,
    evaluation: {
      readonly flag: Flag;
      readonly facts: FlagFacts;
      readonly identity: ContextIdentity;
    },
  ): FlagMetadata {
    const { flag, facts, identity } = evaluation;
    const metadata: FlagMetadata = {
      enabled: flag.enabled,
      source: flag.isDefault ? "default" : source,
    };
    if (flag.featureId !== undefined) metadata["featureId"] = flag.featureId;
    if (flag.reason !== undefined) metadata["flagsmithReason"] = flag.reason;
    if (facts.documentUpdatedAt !== undefined) metadata["version"] = facts.documentUpdatedAt;
    if (facts.environmentName !== undefined) metadata["flagSetId"] = facts.environmentName;
    if (this.#options.enableContextId && identity.identifier !== undefined) {
      metadata["contextId"] = identity.identifier;
    }
    return metadata;
  }
}

const silent: Pick<Logger, "debug"> = { debug: () => undefined };

function isClient(flagsmith: FlagsmithClient | FlagsmithOptions): flagsmith is FlagsmithClient {
  return "getIdentityFlags" in Object(flagsmith);
}

/** @throws TypeError */
function assertOptions({ booleans = "enabled" }: FlagsmithProviderOptions): void {
  if (booleans !== "enabled" && booleans !== "value") {
    throw new TypeError('FlagsmithProvider: option booleans must be "enabled" or "value".');
  }
}

/** Whether this runs at the module scope of a Worker, which refuses I/O. */
function isModuleScope(): boolean {
  try {
    new AbortController();
    return false;
  } catch {
    return true;
  }
}

/** Resolves to whether a fallback of the client replaces flags that could not be loaded. */
async function canAnswer(client: FlagsmithClient): Promise<boolean> {
  try {
    await client.getEnvironmentFlags();
    return true;
  } catch {
    return false;
  }
}

function fail<T>(value: T, errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> {
  return { value, reason: StandardResolutionReasons.ERROR, errorCode, errorMessage };
}

function failUnknown<T>(flagKey: string, value: T, { failure }: FlagFacts): ResolutionDetails<T> {
  if (failure !== undefined) return fail(value, findErrorCode(failure), failure.message);
  return fail(value, ErrorCode.FLAG_NOT_FOUND, `Feature ${JSON.stringify(flagKey)} is unknown.`);
}

/** Finds the reason of a flag, with those for flags that may be outdated. */
function findResolutionReason(
  client: FlagsmithClient,
  evaluation: { readonly flags: Flags; readonly flag: Flag; readonly facts: FlagFacts },
): string {
  const { flags, flag, facts } = evaluation;
  if (flag.isDefault) return StandardResolutionReasons.DEFAULT;
  const { source } = flags;
  if (source === "cache") return StandardResolutionReasons.CACHED;
  const isStored = source === "storage" || source === "offline";
  if (isStored && client.status().problem !== undefined) return StandardResolutionReasons.STALE;
  return findFlagReason(flag, facts);
}
