import type { DocumentReading, ReadingParts } from "./environment/document-reading.ts";
import type { EnvironmentProvider } from "./environment/environment.ts";
import type { createFleet } from "./environment/fleet.ts";
import type { FollowedLoader } from "./environment/followed-environment.ts";
import type { StatusTracker } from "./environment/status.ts";
import type { Evaluator, EvaluatorParts } from "./evaluation/evaluator.ts";
import type { FlagDefaults } from "./flags/flag-reader.ts";
import type { Connection } from "./http/connection.ts";
import type { IdentityParser } from "./identity/identity.ts";
import type { ParsedOptions } from "./options/parse-options.ts";
import type { DescribeError, Guard } from "./platform/guard.ts";
import type { ClientLogger } from "./platform/logger.ts";
import type { BackgroundTimers, Timers } from "./platform/platform.ts";
import type { RealtimeUpdates } from "./realtime/realtime-updates.ts";
import type { CreateDelivery } from "./reporting/delivery.ts";

/** The parts of a client that an adapter passes in, because not every runtime can use them. */
export interface Modules {
  /** `backgroundDelivery`, or `isolateDelivery` if nothing may run between requests. */
  readonly delivery: CreateDelivery;
  /** Local evaluation and offline mode, from `@flagsmith-isomorphic/core/local`. */
  readonly local?: LocalModule;
  /** Realtime updates, from `@flagsmith-isomorphic/core/realtime`. */
  readonly realtime?: RealtimeModule;
  /** Replaces `observeEvaluator`, to publish evaluations for the process as well. */
  readonly observe?: typeof import("./evaluation/observed-evaluator.ts").observeEvaluator;
  /** Processes with a common storage, from `@flagsmith-isomorphic/core/realtime`. */
  readonly fleet?: typeof createFleet;
  /** Reads what has changed in a document: a `DocumentReading` from `@flagsmith-isomorphic/core/realtime`. */
  readonly createReading?: (parts: ReadingParts) => DocumentReading;
}

/** Creates the parts of local evaluation and offline mode. */
export interface LocalModule {
  /** Creates the provider of the API's environment document. */
  createEnvironment(context: ModuleContext): EnvironmentProvider;
  /** Creates the provider of the offline handler's document. `status` is set in offline mode. */
  createOfflineEnvironment(context: ModuleContext, status?: StatusTracker): EnvironmentProvider;
  createEvaluator(provider: EnvironmentProvider, parts: EvaluatorParts & ModuleContext): Evaluator;
}

/** Creates a function that creates the realtime updates of a loader. Opens no connection. */
export type RealtimeModule = (
  context: ModuleContext & { readonly timers: BackgroundTimers },
) => (loader: FollowedLoader) => RealtimeUpdates;

/** The parts of a client that its modules and its evaluators use. */
export interface ModuleContext {
  readonly options: ParsedOptions;
  readonly timers: Timers;
  readonly sharesPromises: boolean;
  readonly logger: ClientLogger;
  readonly defaults: FlagDefaults;
  readonly identities: IdentityParser;
  readonly connection: Connection;
  readonly status: StatusTracker;
  readonly modules: Modules;
  readonly describe: DescribeError;
  /** Creates a guard for one kind of user code, named in its log message. */
  readonly guard: (kind: string) => Guard;
}
