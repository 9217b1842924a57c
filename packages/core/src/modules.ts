import type { Request } from "./api/api-request.ts";
import type { Connection } from "./connection.ts";
import type { CreateChangeFeed } from "./environment/change-feed.ts";
import type { EnvironmentProvider } from "./environment/environment-provider.ts";
import type { SnapshotSource } from "./evaluation/flag-evaluator.ts";
import type { FlagSource } from "./flags/flags.ts";
import type { ParsedOptions } from "./parse-options.ts";
import type { Logger } from "./ports/logger.ts";
import type { OfflineHandler } from "./ports/offline-handler.ts";
import type { BackgroundTimers, Timers } from "./ports/platform.ts";

/** What an adapter hands in, so that one without it does not carry the engine. */
export interface Modules {
  /** Evaluation in the process itself, from `@flagsmith-isomorphic/core/local`. */
  readonly local?: LocalModule;
  /** Realtime updates, from `@flagsmith-isomorphic/core/streaming`. */
  readonly streaming?: StreamingModule;
}

/** Builds what tells of changes sooner than polls do. */
export type StreamingModule = (context: StreamingContext) => CreateChangeFeed;

/** What realtime updates need of the client. */
export interface StreamingContext extends Pick<OnlineContext, "options" | "logger" | "connection"> {
  readonly timers: BackgroundTimers;
}

/** Builds what answers from an environment document. */
export interface LocalModule {
  /** The API's document. */
  readonly online: (context: OnlineContext) => LocalParts;
  readonly offline: (handler: OfflineHandler, context: LocalContext) => LocalParts;
}

/** The environment of this process, and what it looked like version by version. */
export interface LocalParts {
  readonly provider: EnvironmentProvider;
  readonly snapshots: SnapshotSource;
}

/** What evaluation in the process itself needs of the client. */
export interface LocalContext {
  readonly options: ParsedOptions;
  readonly timers: Timers;
  readonly logger: Required<Logger>;
  readonly onMissing: FlagSource["onMissing"];
}

/** What loading the document needs on top. */
export interface OnlineContext extends LocalContext {
  readonly headers: Readonly<Record<string, string>>;
  /** Sends requests by the given clock, one that need not keep the process alive. */
  readonly requestBy: (timers: Timers) => Request;
  readonly connection: Connection;
  /** Absent where the adapter has none. */
  readonly streaming: StreamingModule | undefined;
}
