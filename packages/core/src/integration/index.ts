/**
 * Access to the internals of a client and of its flags, for integrations such as the OpenFeature provider. Works with
 * clients of every adapter, also of another copy of this package.
 *
 * @module
 */
import type { ClientParts } from "../compose.ts";
import type { FlagsmithClientError } from "../errors.ts";
import { type Flags, getReader } from "../flags/flags.ts";
import type { Flagsmith } from "../flagsmith.ts";
import type {
  ClientStatus,
  EnvironmentChangeHandler,
  FlagsmithOptions,
} from "../options/options.ts";
import { getState } from "../request-scope.ts";

export { type EvaluationErrorType, findErrorType } from "./error-type.ts";
export { type ContextIdentity, ContextReader } from "./evaluation-context.ts";
export { type FeatureValues, listFeatureValues } from "./feature-values.ts";
export { describeVariant, findFlagReason, isUnknownFlag } from "./flag-resolution.ts";
export {
  type RequestedValue,
  toBooleanValue,
  toNumberValue,
  toObjectValue,
  toStringValue,
} from "./flag-value.ts";

/** Receives the changes of a client. Must not throw. */
export interface ClientObserver {
  readonly onStatusChange: (status: ClientStatus) => void;
  readonly onEnvironmentChange: EnvironmentChangeHandler;
}

/** The observers of each client, by its parts. */
const observersByClient = new WeakMap<ClientParts, Set<ClientObserver>>();

/**
 * Adds an observer to a client, beside the user's own callbacks. Returns a function that removes it.
 *
 * An isolate notices changes of the status at the next call.
 */
export function observeClient(client: Flagsmith, observer: ClientObserver): () => void {
  const parts = getState(client).parts;
  const observers = observersByClient.get(parts) ?? addObservers(parts);
  observers.add(observer);
  // Starts the timer of the status.
  client.status();
  return () => {
    observers.delete(observer);
  };
}

/** Logs a warning through the logger of a client. */
export function logWarning(client: Flagsmith, message: string): void {
  getState(client).parts.context.logger.warn(message);
}

/** Details of a feature that its flag does not contain. */
export interface FlagFacts {
  /** When Flagsmith last changed the environment document, in ISO 8601. `undefined` if unknown. */
  readonly documentUpdatedAt: string | undefined;
  /** The name of the environment. `undefined` for flags of the API and for default flags. */
  readonly environmentName: string | undefined;
  /** Whether the flag is the same for everyone: nothing overrides the feature, and it has no variants. */
  readonly isStatic: boolean;
  /** The failure that default flags replace. */
  readonly failure: FlagsmithClientError | undefined;
}

/** Reads the facts about a flag. */
export function readFlagFacts(flags: Flags, featureName: string): FlagFacts {
  const { updatedAt, compiled, failure } = getReader(flags).origin;
  return {
    documentUpdatedAt: updatedAt,
    environmentName: compiled?.tables.environment.name || undefined,
    isStatic: compiled?.tables.features.get(featureName)?.constant !== undefined,
    failure,
  };
}

/** Replaces the callbacks of a client by ones that call its observers, and then the user's callback. */
function addObservers(parts: ClientParts): Set<ClientObserver> {
  const { status, options } = parts.context;
  const callbacks: {
    onStatusChange?: FlagsmithOptions["onStatusChange"];
    onEnvironmentChange?: FlagsmithOptions["onEnvironmentChange"];
  } = options;
  const observers = new Set<ClientObserver>();
  parts.checkStatus ??= () => status.check();
  const { onStatusChange, onEnvironmentChange } = callbacks;
  callbacks.onStatusChange = (status, previous) => {
    for (const observer of observers) observer.onStatusChange(status);
    return onStatusChange?.(status, previous);
  };
  callbacks.onEnvironmentChange = (error, change) => {
    for (const observer of observers) observer.onEnvironmentChange(error, change);
    return onEnvironmentChange?.(error, change);
  };
  observersByClient.set(parts, observers);
  return observers;
}
