import { createFlagsmithApi } from "./api/flags-api.ts";
import type { EnvironmentProvider } from "./environment/environment.ts";
import { invalidOption } from "./errors.ts";
import { createDefaultFlags } from "./evaluation/default-flags.ts";
import { evaluatorWithFallback, fallbackOf } from "./evaluation/fallback.ts";
import { createReadThrough } from "./evaluation/flag-cache.ts";
import { type Observer, observedEvaluator } from "./evaluation/observer.ts";
import { createRemoteEvaluator } from "./evaluation/remote-evaluator.ts";
import { Calls } from "./http/call.ts";
import { createConnection } from "./http/connection.ts";
import type { Answering, LocalModule, Mode, ModeContext, Modules } from "./modules.ts";
import type { FlagsmithOptions } from "./options/options.ts";
import { type ParsedOptions, parseOptions } from "./options/parse-options.ts";
import { quietly, quietWaitUntil } from "./platform/guard.ts";
import { type Logger, quietLogger } from "./platform/logger.ts";
import type { Platform, WaitUntil } from "./platform/platform.ts";
import { createReports, type Reports } from "./reporting/reporter.ts";

/** What answers a caller's questions. */
export interface Questions extends Answering {
  readonly calls: Pick<Calls, "begin">;
  /** Absent where they are not enabled. */
  readonly events: Reports["events"];
  /** Where background work goes; absent where nothing may go on. */
  readonly waitUntil: WaitUntil | undefined;
}

/** What a client is made of. */
export interface Parts extends Questions {
  readonly calls: Calls;
  readonly reports: Reports;
  /** Absent in remote mode. */
  readonly provider: EnvironmentProvider | undefined;
  /** The same within one request: one version of the environment, and its own `waitUntil`. */
  readonly scope: (waitUntil: WaitUntil | undefined) => Questions;
}

/**
 * Builds the parts of a client, once; it starts nothing.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`
 */
export function compose(input: FlagsmithOptions, platform: Platform, modules: Modules): Parts {
  const options = parseOptions(input);
  const { timers, onExit } = platform;
  const logger = quietLogger(options.logger ?? consoleLogger);
  const onMissing = createDefaultFlags(options.defaultFlagHandler, logger);
  const connection = createConnection(options, platform);
  const { post } = connection;
  const createDelivery = modules.delivery;
  const reports = createReports({ options, post, timers, logger, onExit, createDelivery });
  const observerFor = observing(options, { platform, logger, reports });
  const { provider, ask } = modeOf({ options, timers, logger, onMissing, modules, connection });

  const lasting = options.waitUntil && quietWaitUntil(options.waitUntil);
  const calls = new Calls({ timers, deadlineMs: options.requestDeadlineMs, waitUntil: lasting });
  const { events } = reports;
  const asked = ask({ calls, isPinned: false, observer: observerFor?.(lasting) });
  return {
    ...asked,
    calls,
    events,
    waitUntil: lasting,
    provider,
    reports,
    scope: (given) => {
      const waitUntil = given ? quietWaitUntil(given) : lasting;
      const within = calls.within(waitUntil);
      const observer = observerFor?.(waitUntil);
      const answering = ask({ calls: within, isPinned: true, observer });
      return { ...answering, calls: within, events, waitUntil };
    },
  };
}

const consoleLogger: Logger = {
  warn: (message) => console.warn(`Flagsmith: ${message}`),
  error: (message) => console.error(`Flagsmith: ${message}`),
};

interface Watchers {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly reports: Reports;
}

/** Makes who watches evaluations within one `waitUntil`; `undefined` where nobody wants to know. */
function observing(
  { onFlagEvaluated }: ParsedOptions,
  { platform, logger, reports: { analytics } }: Watchers,
): ((waitUntil: WaitUntil | undefined) => Observer) | undefined {
  if (onFlagEvaluated === undefined && analytics === undefined) return undefined;
  const callQuietly = quietly(logger, "onFlagEvaluated");
  return (waitUntil) => ({
    stopwatch: platform.stopwatch,
    onEvaluated: (evaluation) => {
      const { featureName, source } = evaluation;
      // What the environment does not know is nothing that Flagsmith could count.
      if (source !== "default") analytics?.count(featureName, waitUntil);
      if (onFlagEvaluated !== undefined) void callQuietly(() => onFlagEvaluated(evaluation));
    },
  });
}

/** Remote, local or offline, as the options say. @throws {@link FlagsmithClientError} `INVALID_OPTIONS` */
export function modeOf(context: ModeContext): Mode {
  const { options, modules } = context;
  // First of all: nobody should be told to enable what would be refused next.
  if (options.enableRealtimeUpdates && modules.realtime === undefined) {
    const instead = "take webhooks (createWebhookHandler) into a storage instead";
    throw invalidOption("enableRealtimeUpdates", `is not supported by this adapter: ${instead}`);
  }
  if (options.offlineMode) return localOf(modules, "offlineMode").offline(context);
  if (options.enableLocalEvaluation) {
    return localOf(modules, "enableLocalEvaluation").online(context);
  }
  if (options.enableRealtimeUpdates) {
    throw invalidOption("enableRealtimeUpdates", "needs enableLocalEvaluation");
  }
  for (const option of ["storage", "onEnvironmentChange"] as const) {
    // Unused where local evaluation is off; where there is none, a mistake.
    if (options[option] !== undefined) localOf(modules, option);
  }
  return remoteMode(context);
}

function remoteMode(context: ModeContext): Mode {
  const { options, connection, timers, logger, onMissing, modules } = context;
  const { apiUrl, environmentKey, cache, offlineHandler } = options;
  const api = createFlagsmithApi({
    apiUrl,
    headers: connection.headersFor(apiUrl),
    request: connection.requestBy(timers),
  });
  const readThrough = cache && createReadThrough({ cache, environmentKey, apiUrl, timers, logger });
  const standIn =
    offlineHandler && localOf(modules, "offlineHandler").standIn(offlineHandler, context);
  const fallback = fallbackOf(context);
  return {
    provider: undefined,
    ask: ({ calls, observer }) => {
      const primary = createRemoteEvaluator({ api, calls, onMissing, readThrough });
      const evaluator = evaluatorWithFallback(primary, { ...fallback, offline: standIn?.(calls) });
      return {
        evaluator: observer ? observedEvaluator(evaluator, observer) : evaluator,
        snapshots: undefined,
      };
    },
  };
}

function localOf({ local }: Modules, option: string): LocalModule {
  if (local === undefined) throw invalidOption(option, "is not supported by this adapter");
  return local;
}
