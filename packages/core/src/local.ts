/**
 * Local evaluation and offline mode: an adapter that supports them passes a module to the client.
 *
 * @module
 */
import { createLoadDocument } from "./api/document-api.ts";
import { createChangeReporter } from "./environment/change-reporter.ts";
import { DocumentCompiler } from "./environment/document-compiler.ts";
import { DocumentSource } from "./environment/document-source.ts";
import { DocumentStore } from "./environment/document-store.ts";
import { LiveEnvironment } from "./environment/live-environment.ts";
import { OfflineEnvironment } from "./environment/offline-environment.ts";
import { createLocalEvaluator } from "./evaluation/local-evaluator.ts";
import type { LocalModule, ModuleContext } from "./modules.ts";
import { type Timers, unreference } from "./platform/platform.ts";

export { DocumentCompiler } from "./environment/document-compiler.ts";
export type { EnvironmentProvider } from "./environment/environment.ts";
export {
  type StorageItem,
  type StorageRecordOptions,
  storageKey,
  toStorageRecord,
} from "./environment/storage-record.ts";
export { createAnonymousIdentifier } from "./identity/anonymous-identifier.ts";
export { signWebhookBody, verifyWebhookSignature } from "./webhook/signature.ts";

/** Local evaluation and offline mode, on every runtime. */
export const localEvaluation: LocalModule = {
  createOfflineEnvironment: (context, status) =>
    new OfflineEnvironment(context, new DocumentCompiler(context), status),
  createEvaluator: createLocalEvaluator,
  createEnvironment: (context) => {
    const { timers, options, modules, connection, guard } = context;
    const background = timers.after && { ...timers, after: timers.after };
    return new LiveEnvironment({
      ...context,
      // Only the user's own calls keep the process alive.
      source: createSource(unreference(timers), context),
      loadDocument: createLoadDocument(options, connection, timers),
      redact: connection.redact,
      intervalMs: options.environmentRefreshIntervalMs,
      loadsOnce: options.loadsOnce,
      safetyIntervalMs: options.safetyPollIntervalMs,
      storageCheckMs: options.storage ? options.storageCheckIntervalMs : Number.POSITIVE_INFINITY,
      timeoutMs: options.requestTimeoutMs,
      deadlineMs: options.requestDeadlineMs,
      onChange: createChangeReporter(options, guard("onEnvironmentChange")),
      createRealtimeUpdates:
        options.enableRealtimeUpdates && background
          ? modules.realtime?.({ ...context, timers: background })
          : undefined,
      createFleet: (loader) =>
        background && modules.fleet?.(loader, { ...context, timers: unreference(timers) }),
    });
  },
};

function createSource(timers: Timers, context: ModuleContext): DocumentSource {
  const { options, connection, guard } = context;
  const { apiUrl, environmentKey, storage } = options;
  return new DocumentSource({
    ...context,
    loadDocument: createLoadDocument(options, connection, timers),
    store: storage && new DocumentStore({ storage, environmentKey, apiUrl, timers }, guard),
    compiler: new DocumentCompiler(context),
    timers,
  });
}
