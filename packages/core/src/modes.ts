import { createFlagsmithApi } from "./api/flagsmith-api.ts";
import { invalidOption } from "./errors.ts";
import { evaluatorWithFallback, fallbackOf } from "./evaluation/fallback.ts";
import { createReadThrough } from "./evaluation/flag-cache.ts";
import { observedEvaluator } from "./evaluation/observed.ts";
import { createRemoteEvaluator } from "./evaluation/remote-evaluator.ts";
import type { LocalModule, Mode, ModeContext, Modules } from "./modules.ts";

/** Remote, local or offline, as the options say. @throws {@link FlagsmithClientError} `INVALID_OPTIONS` */
export function modeOf(context: ModeContext): Mode {
  const { options, modules } = context;
  // First of all: nobody should be told to enable what would be refused next.
  if (options.enableRealtimeUpdates && modules.streaming === undefined) {
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
