/**
 * Local evaluation and offline mode: an adapter that supports them passes a module to the client.
 *
 * @module
 */
import { createLoadDocument } from "./api/document-api.ts";
import { DocumentSource } from "./environment/document-source.ts";
import { DocumentStore } from "./environment/document-store.ts";
import { DocumentCompiler } from "./environment/environment.ts";
import { IsolateEnvironment } from "./environment/isolate-environment.ts";
import { OfflineEnvironment } from "./environment/offline-environment.ts";
import { PollingEnvironment } from "./environment/polling-environment.ts";
import { invalidOption } from "./errors.ts";
import { LocalEvaluator } from "./evaluation/local-evaluator.ts";
import type { LocalModule, ModuleContext } from "./modules.ts";
import type { EnvironmentChangeHandler } from "./options/options.ts";
import { type Timers, unreferenced } from "./platform/platform.ts";

export {
  type StorageItem,
  type StorageRecordOptions,
  storageKey,
  toStorageRecord,
} from "./environment/storage-record.ts";
export { signWebhookBody, verifyWebhookSignature } from "./webhook/signature.ts";

/** Local evaluation if timers run between requests: the environment document is polled. */
export const localEvaluation: LocalModule = {
  createOfflineEnvironment,
  createEvaluator: (environment, parts) => new LocalEvaluator(environment, parts),
  createEnvironment: (context) => {
    const { timers, logger, options, modules } = context;
    const { after } = timers;
    if (after === undefined) {
      throw invalidOption("enableLocalEvaluation", "needs background timers");
    }
    const background = { ...timers, after };
    return new PollingEnvironment({
      // Only the user's own calls keep the process alive.
      source: createSource(unreferenced(background), context),
      timers: background,
      logger,
      intervalMs: options.environmentRefreshIntervalMs,
      safetyIntervalMs: options.safetyPollIntervalMs,
      deadlineMs: options.requestDeadlineMs,
      onChange: createChangeHandler(context),
      createRealtimeUpdates: options.enableRealtimeUpdates
        ? modules.realtime?.({ ...context, timers: background })
        : undefined,
    });
  },
};

/** Local evaluation if nothing may run between requests: a request refreshes the document. */
export const isolateEvaluation: LocalModule = {
  createOfflineEnvironment,
  createEvaluator: (environment, parts) => new LocalEvaluator(environment, parts),
  createEnvironment: (context) => {
    const { timers, logger, options } = context;
    const { storage, storageCheckIntervalMs } = options;
    return new IsolateEnvironment({
      source: createSource(timers, context),
      timers,
      logger,
      intervalMs: options.environmentRefreshIntervalMs,
      deadlineMs: options.requestDeadlineMs,
      storageCheckMs: storage ? storageCheckIntervalMs : Number.POSITIVE_INFINITY,
      onChange: createChangeHandler(context),
    });
  },
};

function createOfflineEnvironment(context: ModuleContext): OfflineEnvironment {
  return new OfflineEnvironment(context, createCompiler(context));
}

function createSource(timers: Timers, context: ModuleContext): DocumentSource {
  const { options, logger, connection, guard } = context;
  const { apiUrl, environmentKey, storage } = options;
  return new DocumentSource({
    loadDocument: createLoadDocument(apiUrl, connection, timers),
    store: storage && new DocumentStore({ storage, environmentKey, apiUrl, timers, guard }),
    compiler: createCompiler(context),
    timers,
    logger,
  });
}

function createCompiler({ logger, getDefault }: ModuleContext): DocumentCompiler {
  return new DocumentCompiler(logger, getDefault);
}

function createChangeHandler({ options, guard }: ModuleContext): EnvironmentChangeHandler {
  const guardCallback = guard("onEnvironmentChange");
  return (error, change) => void guardCallback(() => options.onEnvironmentChange?.(error, change));
}
