/**
 * Evaluation in the process itself: an adapter that offers it hands this to the client.
 *
 * @module
 */
import { createLoadDocument } from "./api/environment-document.ts";
import type { CreateChangeFeed } from "./environment/change-feed.ts";
import { createReadEnvironment } from "./environment/environment.ts";
import { LazyEnvironment } from "./environment/lazy-environment.ts";
import { PolledEnvironment } from "./environment/polled-environment.ts";
import { createStoredDocument } from "./environment/stored-document.ts";
import { createVersions, type Versions } from "./environment/versions.ts";
import { invalidOption } from "./errors.ts";
import { offlineMode, offlineStandIn, onlineMode } from "./local-mode.ts";
import type { LocalModule, ModeContext } from "./modules.ts";
import { type BackgroundTimers, type Timers, unreferenced } from "./ports/platform.ts";
import { quietly } from "./ports/quietly.ts";
import type { ReportChange } from "./ports/report-change.ts";

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
    reportChange: reportTo(context),
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
    reportChange: reportTo(context),
  });
}

function changeFeedBy(
  timers: BackgroundTimers,
  context: ModeContext,
): CreateChangeFeed | undefined {
  const { options, modules } = context;
  return options.enableRealtimeUpdates ? modules.streaming?.({ ...context, timers }) : undefined;
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

function reportTo({ options, logger }: ModeContext): ReportChange {
  const reportQuietly = quietly(logger, "onEnvironmentChange");
  return (error, change) => void reportQuietly(() => options.onEnvironmentChange?.(error, change));
}
