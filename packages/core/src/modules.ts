import type { EnvironmentProvider } from "./environment/environment.ts";
import type { FlagEvaluator, SnapshotSource } from "./evaluation/evaluator.ts";
import type { Observer } from "./evaluation/observer.ts";
import type { FlagReader } from "./flags/flags.ts";
import type { Calls } from "./http/call.ts";
import type { Connection } from "./http/connection.ts";
import type { OfflineHandler } from "./options/options.ts";
import type { ParsedOptions } from "./options/parse-options.ts";
import type { Logger } from "./platform/logger.ts";
import type { BackgroundTimers, Timers } from "./platform/platform.ts";
import type { CreateChangeFeed } from "./realtime/change-feed.ts";
import type { CreateDelivery } from "./reporting/delivery.ts";

/** What an adapter hands in, so that none carries what its runtime has no use for. */
export interface Modules {
  /** How analytics and events are sent: `backgroundDelivery`, or `isolateDelivery` where nothing runs between requests. */
  readonly delivery: CreateDelivery;
  /** Evaluation in the process itself, from `@flagsmith-isomorphic/core/local`. */
  readonly local?: LocalModule;
  /** Realtime updates, from `@flagsmith-isomorphic/core/realtime`. */
  readonly realtime?: RealtimeModule;
}

/** How a client comes to its answers, decided once. */
export interface Mode {
  /** Absent in remote mode. */
  readonly provider: EnvironmentProvider | undefined;
  readonly ask: (within: Within) => Answering;
}

/** Within what questions are asked: by a client, or by one of its requests. */
export interface Within {
  readonly calls: Pick<Calls, "begin">;
  /** Whether all answers come from one version of the environment. */
  readonly isPinned: boolean;
  /** Absent where nobody watches. */
  readonly observer: Observer | undefined;
}

/** What answers. */
export interface Answering {
  readonly evaluator: FlagEvaluator;
  /** Absent in remote mode. */
  readonly snapshots: SnapshotSource | undefined;
}

/** What a mode needs of the client. */
export interface ModeContext {
  readonly options: ParsedOptions;
  readonly timers: Timers;
  readonly logger: Required<Logger>;
  readonly onMissing: FlagReader["onMissing"];
  readonly connection: Connection;
  readonly modules: Modules;
}

/** Answers from an environment document. */
export interface LocalModule {
  /** From the API's. */
  readonly online: (context: ModeContext) => Mode;
  /** From that of the offline handler alone; without one, default flags answer. */
  readonly offline: (context: ModeContext) => Mode;
  /** From the offline handler's too, where the API in remote mode fails. */
  readonly standIn: (handler: OfflineHandler, context: ModeContext) => StandIn;
}

/** Makes the evaluator that stands in within some calls. */
export type StandIn = (calls: Within["calls"]) => FlagEvaluator;

/** Builds what tells of changes sooner than polls do. */
export type RealtimeModule = (context: StreamingContext) => CreateChangeFeed;

/** What realtime updates need of the client. */
export interface StreamingContext extends Pick<ModeContext, "options" | "logger" | "connection"> {
  readonly timers: BackgroundTimers;
}
