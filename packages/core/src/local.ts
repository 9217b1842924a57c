/**
 * Evaluation in the process itself: an adapter that offers it hands this to the client.
 *
 * @module
 */
import { createLoadDocument } from "./api/environment-document.ts";
import type { LocalContext, LocalModule, LocalParts } from "./compose.ts";
import { createReadEnvironment } from "./environment/environment.ts";
import type { EnvironmentProvider } from "./environment/environment-provider.ts";
import { createOfflineEnvironment } from "./environment/offline-environment.ts";
import { PolledEnvironment } from "./environment/polled-environment.ts";
import { createStoredDocument } from "./environment/stored-document.ts";
import { createSnapshots } from "./evaluation/snapshots.ts";
import { invalidOption } from "./parse-options.ts";
import { unreferenced } from "./ports/platform.ts";
import { quietly } from "./ports/quietly.ts";

/** Local evaluation and offline mode. */
export const localEvaluation: LocalModule = {
  polled: (context) => {
    const { options, timers, logger, headers, requestBy } = context;
    const { apiUrl, environmentKey, storage, onEnvironmentChange } = options;
    const { after } = timers;
    if (after === undefined)
      throw invalidOption("enableLocalEvaluation", "needs a runtime with timers");
    // Nobody but the user's own calls may keep the process alive.
    const background = unreferenced({ ...timers, after });
    const reportQuietly = quietly(logger, "onEnvironmentChange");
    const provider = new PolledEnvironment({
      loadDocument: createLoadDocument({ apiUrl, headers, request: requestBy(background) }),
      stored:
        storage &&
        createStoredDocument({ storage, environmentKey, apiUrl, timers: background, logger }),
      read: createReadEnvironment(logger),
      timers: { ...timers, after },
      logger,
      reportChange: (error, change) => reportQuietly(() => onEnvironmentChange?.(error, change)),
      intervalMs: options.environmentRefreshIntervalMs,
      deadlineMs: options.requestDeadlineMs,
    });
    return localParts(provider, context);
  },
  offline: (handler, context) => {
    const { timers, logger } = context;
    const read = createReadEnvironment(logger);
    return localParts(createOfflineEnvironment({ handler, read, timers }), context);
  },
};

function localParts(provider: EnvironmentProvider, { onMissing }: LocalContext): LocalParts {
  return { provider, snapshots: createSnapshots(provider, onMissing) };
}
