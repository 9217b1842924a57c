/**
 * Evaluation in the process itself: an adapter that offers it hands this to the client.
 *
 * @module
 */
import { createLoadDocument } from "./api/environment-document.ts";
import type { CreateChangeFeed } from "./environment/change-feed.ts";
import { createReadEnvironment } from "./environment/environment.ts";
import type { EnvironmentProvider } from "./environment/environment-provider.ts";
import { LazyEnvironment } from "./environment/lazy-environment.ts";
import { createOfflineEnvironment } from "./environment/offline-environment.ts";
import { PolledEnvironment } from "./environment/polled-environment.ts";
import { createStoredDocument } from "./environment/stored-document.ts";
import { createVersions, type Versions } from "./environment/versions.ts";
import { createSnapshots } from "./evaluation/snapshots.ts";
import type { LocalContext, LocalModule, LocalParts, OnlineContext } from "./modules.ts";
import { invalidOption } from "./parse-options.ts";
import type { OfflineHandler } from "./ports/offline-handler.ts";
import { type BackgroundTimers, type Timers, unreferenced } from "./ports/platform.ts";
import { quietly } from "./ports/quietly.ts";
import type { ReportChange } from "./ports/report-change.ts";

/** Local evaluation and offline mode where work goes on in the background: the document is polled. */
export const localEvaluation: LocalModule = {
  online: (context) => {
    const { timers, logger, options } = context;
    const { after } = timers;
    if (after === undefined)
      throw invalidOption("enableLocalEvaluation", "needs background timers");
    // Nobody but the user's own calls may keep the process alive.
    const background = { ...timers, after };
    const versions = versionsBy(unreferenced(background), context);
    const provider = new PolledEnvironment({
      versions,
      timers: background,
      logger,
      intervalMs: options.environmentRefreshIntervalMs,
      deadlineMs: options.requestDeadlineMs,
      reportChange: reportTo(context),
      createChangeFeed: changeFeedBy(background, context),
    });
    return localParts(provider, context);
  },
  offline,
};

/** The same where nothing may run between requests: one of them refreshes the document. */
export const isolateEvaluation: LocalModule = {
  online: (context) => {
    const { timers, logger, options } = context;
    const { storage, storageCheckIntervalMs } = options;
    if (options.enableRealtimeUpdates) {
      throw invalidOption(
        "enableRealtimeUpdates",
        "cannot work where nothing runs between requests: use createWebhookHandler and a storage",
      );
    }
    const provider = new LazyEnvironment({
      versions: versionsBy(timers, context),
      timers,
      logger,
      intervalMs: options.environmentRefreshIntervalMs,
      deadlineMs: options.requestDeadlineMs,
      storageCheckMs: storage ? storageCheckIntervalMs : Number.POSITIVE_INFINITY,
      reportChange: reportTo(context),
    });
    return localParts(provider, context);
  },
  offline,
};

function offline(handler: OfflineHandler, context: LocalContext): LocalParts {
  const { timers, logger } = context;
  const read = createReadEnvironment(logger);
  return localParts(createOfflineEnvironment({ handler, read, timers }), context);
}

function changeFeedBy(
  timers: BackgroundTimers,
  context: OnlineContext,
): CreateChangeFeed | undefined {
  const { options, streaming } = context;
  if (!options.enableRealtimeUpdates) return undefined;
  if (streaming !== undefined) return streaming({ ...context, timers });
  throw invalidOption("enableRealtimeUpdates", "is not supported by this adapter");
}

function versionsBy(timers: Timers, context: OnlineContext): Versions {
  const { options, logger, headers, requestBy } = context;
  const { apiUrl, environmentKey, storage } = options;
  return createVersions({
    loadDocument: createLoadDocument({ apiUrl, headers, request: requestBy(timers) }),
    storedDocument:
      storage && createStoredDocument({ storage, environmentKey, apiUrl, timers, logger }),
    read: createReadEnvironment(logger),
    timers,
    logger,
  });
}

function reportTo({ options, logger }: OnlineContext): ReportChange {
  const reportQuietly = quietly(logger, "onEnvironmentChange");
  return (error, change) => void reportQuietly(() => options.onEnvironmentChange?.(error, change));
}

function localParts(provider: EnvironmentProvider, { onMissing }: LocalContext): LocalParts {
  return { provider, snapshots: createSnapshots(provider, onMissing) };
}
