import type { Calls } from "./api/call.ts";
import { createFlagsmithApi } from "./api/flagsmith-api.ts";
import type { Connection } from "./connection.ts";
import type { EnvironmentProvider } from "./environment/environment-provider.ts";
import { FlagsmithClientError } from "./errors.ts";
import { evaluatorWithFallback, snapshotsWithFallback } from "./evaluation/fallback.ts";
import { createReadThrough } from "./evaluation/flag-cache.ts";
import type { FlagEvaluator, SnapshotSource } from "./evaluation/flag-evaluator.ts";
import { type Observer, observedEvaluator, observedSnapshots } from "./evaluation/observed.ts";
import { createOutageLog } from "./evaluation/outage-log.ts";
import { pinned } from "./evaluation/pinned.ts";
import { createRemoteEvaluator } from "./evaluation/remote-evaluator.ts";
import { createSnapshotEvaluator } from "./evaluation/snapshot-evaluator.ts";
import type { LocalContext, LocalModule, Modules } from "./modules.ts";
import { invalidOption } from "./parse-options.ts";
import type { OfflineHandler } from "./ports/offline-handler.ts";

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

/** How a client comes to its answers, decided once. */
export interface Mode {
  /** Absent in remote mode. */
  readonly provider: EnvironmentProvider | undefined;
  readonly ask: (within: Within) => Answering;
}

/** What a mode needs of the client. */
export interface ModeContext extends LocalContext {
  readonly modules: Modules;
  readonly connection: Connection;
}

/** Remote, local or offline, as the options say. @throws {@link FlagsmithClientError} `INVALID_OPTIONS` */
export function modeOf(context: ModeContext): Mode {
  const { offlineMode, enableLocalEvaluation } = context.options;
  return offlineMode || enableLocalEvaluation ? localMode(context) : remoteMode(context);
}

function localMode(context: ModeContext): Mode {
  const { options, modules, connection } = context;
  const offline = offlineOf(context);
  const online = () =>
    localOf(modules, "enableLocalEvaluation").online({
      ...context,
      headers: connection.headersFor(options.apiUrl),
      requestBy: connection.requestBy,
      streaming: modules.streaming,
    });
  const nowhere = () => localOf(modules, "offlineMode").offline(nothing, context);
  const { provider, snapshots: primary } = options.offlineMode ? (offline ?? nowhere()) : online();
  const standIn = options.offlineMode ? undefined : offline?.snapshots;
  const snapshots = snapshotsWithFallback(primary, { ...fallbackOf(context), offline: standIn });
  return {
    provider,
    ask: ({ calls, isPinned, observer }) => {
      const source = isPinned ? pinned(snapshots) : snapshots;
      const asked = observer ? observedSnapshots(source, observer) : source;
      return { evaluator: createSnapshotEvaluator(asked, calls), snapshots: asked };
    },
  };
}

function remoteMode(context: ModeContext): Mode {
  const { options, connection, timers, logger, onMissing } = context;
  const { apiUrl, environmentKey, cache } = options;
  const api = createFlagsmithApi({
    apiUrl,
    headers: connection.headersFor(apiUrl),
    request: connection.requestBy(timers),
  });
  const readThrough = cache && createReadThrough({ cache, environmentKey, apiUrl, timers, logger });
  const offline = offlineOf(context);
  const fallback = fallbackOf(context);
  return {
    provider: undefined,
    ask: ({ calls, observer }) => {
      const primary = createRemoteEvaluator({ api, calls, onMissing, readThrough });
      const standIn = offline && createSnapshotEvaluator(offline.snapshots, calls);
      const evaluator = evaluatorWithFallback(primary, { ...fallback, offline: standIn });
      return {
        evaluator: observer ? observedEvaluator(evaluator, observer) : evaluator,
        snapshots: undefined,
      };
    },
  };
}

function fallbackOf({ options, logger, onMissing }: ModeContext) {
  const hasDefaultFlagHandler = options.defaultFlagHandler !== undefined;
  return { onMissing, hasDefaultFlagHandler, outageLog: createOutageLog(logger) };
}

function offlineOf(context: ModeContext) {
  const { offlineHandler } = context.options;
  return (
    offlineHandler && localOf(context.modules, "offlineHandler").offline(offlineHandler, context)
  );
}

/** Offline without a handler: only default flags answer. */
const nothing: OfflineHandler = {
  getEnvironment: () => {
    const message = "Offline mode without an offlineHandler has no environment document.";
    throw new FlagsmithClientError("NO_ENVIRONMENT", message);
  },
};

function localOf({ local }: Modules, option: string): LocalModule {
  if (local === undefined) throw invalidOption(option, "is not supported by this adapter");
  return local;
}
