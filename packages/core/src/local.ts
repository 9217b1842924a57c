/**
 * Evaluation in the process itself: an adapter that offers it hands this to the client.
 *
 * @module
 */
import { createLoadDocument } from "./api/document-api.ts";
import { createVersions, type Versions } from "./environment/document-source.ts";
import { createStoredDocument } from "./environment/document-store.ts";
import { createReadEnvironment, type EnvironmentProvider } from "./environment/environment.ts";
import { LazyEnvironment } from "./environment/isolate-environment.ts";
import { createOfflineEnvironment } from "./environment/offline-environment.ts";
import { PolledEnvironment } from "./environment/polling-environment.ts";
import { FlagsmithClientError, invalidOption } from "./errors.ts";
import type { SnapshotSource } from "./evaluation/evaluator.ts";
import { fallbackOf, snapshotsWithFallback } from "./evaluation/fallback.ts";
import { createSnapshotEvaluator, createSnapshots, pinned } from "./evaluation/local-evaluator.ts";
import { observedSnapshots } from "./evaluation/observer.ts";
import type { LocalModule, Mode, ModeContext, StandIn } from "./modules.ts";
import type { EnvironmentChangeHandler, OfflineHandler } from "./options/options.ts";
import { quietly } from "./platform/guard.ts";
import { type BackgroundTimers, type Timers, unreferenced } from "./platform/platform.ts";
import type { CreateChangeFeed } from "./realtime/change-feed.ts";

export {
  type StorageItem,
  type StorageRecordOptions,
  storageKey,
  toStorageRecord,
} from "./environment/storage-record.ts";
export { signWebhookBody, verifyWebhookSignature } from "./webhook/signature.ts";

/** Local evaluation and offline mode where work goes on in the background: the document is polled. */
export const localEvaluation: LocalModule = {
  online: (context) => onlineMode(polledEnvironment(context), context),
  offline: offlineMode,
  standIn: offlineStandIn,
};

/** The same where nothing may run between requests: one of them refreshes the document. */
export const isolateEvaluation: LocalModule = {
  online: (context) => onlineMode(lazyEnvironment(context), context),
  offline: offlineMode,
  standIn: offlineStandIn,
};

function polledEnvironment(context: ModeContext): PolledEnvironment {
  const { timers, logger, options } = context;
  const { after } = timers;
  if (after === undefined) throw invalidOption("enableLocalEvaluation", "needs background timers");
  const background = { ...timers, after };
  return new PolledEnvironment({
    // Nobody but the user's own calls may keep the process alive.
    versions: versionsBy(unreferenced(background), context),
    timers: background,
    logger,
    intervalMs: options.environmentRefreshIntervalMs,
    safetyIntervalMs: options.safetyPollIntervalMs,
    deadlineMs: options.requestDeadlineMs,
    onChange: reportTo(context),
    createChangeFeed: changeFeedBy(background, context),
  });
}

function lazyEnvironment(context: ModeContext): LazyEnvironment {
  const { timers, logger, options } = context;
  const { storage, storageCheckIntervalMs } = options;
  return new LazyEnvironment({
    versions: versionsBy(timers, context),
    timers,
    logger,
    intervalMs: options.environmentRefreshIntervalMs,
    deadlineMs: options.requestDeadlineMs,
    storageCheckMs: storage ? storageCheckIntervalMs : Number.POSITIVE_INFINITY,
    onChange: reportTo(context),
  });
}

function changeFeedBy(
  timers: BackgroundTimers,
  context: ModeContext,
): CreateChangeFeed | undefined {
  const { options, modules } = context;
  return options.enableRealtimeUpdates ? modules.realtime?.({ ...context, timers }) : undefined;
}

function versionsBy(timers: Timers, context: ModeContext): Versions {
  const { options, logger, connection } = context;
  const { apiUrl, environmentKey, storage } = options;
  return createVersions({
    loadDocument: createLoadDocument({
      apiUrl,
      headers: connection.headersFor(apiUrl),
      request: connection.requestBy(timers),
    }),
    storedDocument:
      storage && createStoredDocument({ storage, environmentKey, apiUrl, timers, logger }),
    read: createReadEnvironment(logger),
    timers,
    logger,
  });
}

function reportTo({ options, logger }: ModeContext): EnvironmentChangeHandler {
  const reportQuietly = quietly(logger, "onEnvironmentChange");
  return (error, change) => void reportQuietly(() => options.onEnvironmentChange?.(error, change));
}

/** Answers from the environment of the API, and where that fails from the offline handler's. */
export function onlineMode(provider: EnvironmentProvider, context: ModeContext): Mode {
  const { offlineHandler } = context.options;
  const standIn = offlineHandler && offlineSnapshots(offlineHandler, context);
  return modeOn(provider, { context, standIn });
}

/** Answers from the offline handler's environment alone. */
export function offlineMode(context: ModeContext): Mode {
  return modeOn(offlineEnvironment(context.options.offlineHandler ?? nothing, context), {
    context,
  });
}

/** Answers from the offline handler's environment where another evaluator fails. */
export function offlineStandIn(handler: OfflineHandler, context: ModeContext): StandIn {
  const snapshots = offlineSnapshots(handler, context);
  return (calls) => createSnapshotEvaluator(snapshots, calls);
}

interface Surroundings {
  readonly context: ModeContext;
  readonly standIn?: SnapshotSource | undefined;
}

function modeOn(provider: EnvironmentProvider, { context, standIn }: Surroundings): Mode {
  const primary = createSnapshots(provider, context.onMissing);
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

function offlineSnapshots(handler: OfflineHandler, context: ModeContext): SnapshotSource {
  return createSnapshots(offlineEnvironment(handler, context), context.onMissing);
}

function offlineEnvironment(handler: OfflineHandler, { timers, logger }: ModeContext) {
  return createOfflineEnvironment({ handler, read: createReadEnvironment(logger), timers });
}

/** Offline without a handler: only default flags answer. */
const nothing: OfflineHandler = {
  getEnvironment: () => {
    const message = "Offline mode without an offlineHandler has no environment document.";
    throw new FlagsmithClientError("NO_ENVIRONMENT", message);
  },
};
