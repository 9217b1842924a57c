import { createReports, type Reports } from "./analytics/reports.ts";
import { Calls } from "./api/call.ts";
import { createConnection } from "./connection.ts";
import type { EnvironmentProvider } from "./environment/environment-provider.ts";
import { createDefaultFlags } from "./evaluation/default-flags.ts";
import type { Observer } from "./evaluation/observed.ts";
import { modeOf } from "./modes.ts";
import type { Answering, Modules } from "./modules.ts";
import type { FlagsmithOptions } from "./options.ts";
import { type ParsedOptions, parseOptions } from "./parse-options.ts";
import { type Logger, quietLogger } from "./ports/logger.ts";
import type { Platform, WaitUntil } from "./ports/platform.ts";
import { quietly, quietWaitUntil } from "./ports/quietly.ts";

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
