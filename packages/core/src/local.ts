/**
 * Evaluation in the process itself: an adapter that offers it hands this to the client.
 *
 * @module
 */
import { createLoadDocument } from "./api/environment-document.ts";
import type { LocalContext, LocalModule, LocalParts, PolledContext } from "./compose.ts";
import { createReadEnvironment } from "./environment/environment.ts";
import type { EnvironmentProvider } from "./environment/environment-provider.ts";
import { LazyEnvironment } from "./environment/lazy-environment.ts";
import { createOfflineEnvironment } from "./environment/offline-environment.ts";
import { PolledEnvironment } from "./environment/polled-environment.ts";
import { createStoredDocument } from "./environment/stored-document.ts";
import { createVersions, type Versions } from "./environment/versions.ts";
import { createSnapshots } from "./evaluation/snapshots.ts";
import { type Timers, unreferenced } from "./ports/platform.ts";
import { quietly } from "./ports/quietly.ts";
import type { ReportChange } from "./ports/report-change.ts";

/** Local evaluation and offline mode. */
export const localEvaluation: LocalModule = {
  polled: (context) => {
    const { options, timers, logger } = context;
    const { after } = timers;
    const refresh = {
      logger,
      intervalMs: options.environmentRefreshIntervalMs,
      deadlineMs: options.requestDeadlineMs,
      reportChange: reportTo(context),
    };
    if (after === undefined) {
      const { storage, storageCheckIntervalMs } = options;
      const storageCheckMs = storage ? storageCheckIntervalMs : Number.POSITIVE_INFINITY;
      const versions = versionsBy(timers, context);
      return localParts(
        new LazyEnvironment({ ...refresh, versions, timers, storageCheckMs }),
        context,
      );
    }
    // Nobody but the user's own calls may keep the process alive.
    const versions = versionsBy(unreferenced({ ...timers, after }), context);
    const provider = new PolledEnvironment({ ...refresh, versions, timers: { ...timers, after } });
    return localParts(provider, context);
  },
  offline: (handler, context) => {
    const { timers, logger } = context;
    const read = createReadEnvironment(logger);
    return localParts(createOfflineEnvironment({ handler, read, timers }), context);
  },
};

function versionsBy(timers: Timers, context: PolledContext): Versions {
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

function reportTo({ options, logger }: PolledContext): ReportChange {
  const reportQuietly = quietly(logger, "onEnvironmentChange");
  return (error, change) => void reportQuietly(() => options.onEnvironmentChange?.(error, change));
}

function localParts(provider: EnvironmentProvider, { onMissing }: LocalContext): LocalParts {
  return { provider, snapshots: createSnapshots(provider, onMissing) };
}
