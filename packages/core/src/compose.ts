import { createRequest, type Request } from "./api/api-request.ts";
import { Calls } from "./api/call.ts";
import { createFlagsmithApi } from "./api/flagsmith-api.ts";
import { createSend } from "./api/http.ts";
import { redactionOf } from "./api/redaction.ts";
import type { EnvironmentProvider } from "./environment/environment-provider.ts";
import { FlagsmithClientError } from "./errors.ts";
import { createDefaultFlags } from "./evaluation/default-flags.ts";
import { evaluatorWithFallback, snapshotsWithFallback } from "./evaluation/fallback.ts";
import { createReadThrough } from "./evaluation/flag-cache.ts";
import type { FlagEvaluator, SnapshotSource } from "./evaluation/flag-evaluator.ts";
import { createOutageLog } from "./evaluation/outage-log.ts";
import { pinned } from "./evaluation/pinned.ts";
import { createRemoteEvaluator } from "./evaluation/remote-evaluator.ts";
import { createSnapshotEvaluator } from "./evaluation/snapshot-evaluator.ts";
import type { FlagSource } from "./flags/flags.ts";
import type { FlagsmithOptions } from "./options.ts";
import { invalidOption, type ParsedOptions, parseOptions } from "./parse-options.ts";
import { type Logger, quietLogger } from "./ports/logger.ts";
import type { OfflineHandler } from "./ports/offline-handler.ts";
import type { Fetch, Platform, Timers, WaitUntil } from "./ports/platform.ts";
import type { RetryPolicy } from "./ports/retry-policy.ts";
import { version } from "./version.ts";

/** What answers a caller's questions. */
export interface Questions {
  readonly evaluator: FlagEvaluator;
  readonly calls: Pick<Calls, "begin">;
  /** Absent in remote mode. */
  readonly snapshots: SnapshotSource | undefined;
}

/** What a client is made of. */
export interface Parts extends Questions {
  readonly calls: Calls;
  /** Absent in remote mode. */
  readonly provider: EnvironmentProvider | undefined;
  /** The same within one request: one version of the environment, and its own `waitUntil`. */
  readonly scope: (waitUntil: WaitUntil | undefined) => Questions;
}

/** The environment of this process, and what it looked like version by version. */
export interface LocalParts {
  readonly provider: EnvironmentProvider;
  readonly snapshots: SnapshotSource;
}

/** What evaluation in the process itself needs of the client. */
export interface LocalContext {
  readonly options: ParsedOptions;
  readonly timers: Timers;
  readonly logger: Required<Logger>;
  readonly onMissing: FlagSource["onMissing"];
}

/** What loading the document needs on top. */
export interface OnlineContext extends LocalContext {
  readonly headers: Readonly<Record<string, string>>;
  /** Sends requests by the given clock, one that need not keep the process alive. */
  readonly requestBy: (timers: Timers) => Request;
}

/** What an adapter hands in, so that one without it does not carry the engine. */
export interface Modules {
  /** Evaluation in the process itself, from `@flagsmith-isomorphic/core/local`. */
  readonly local?: LocalModule;
}

/** Builds what answers from an environment document. */
export interface LocalModule {
  readonly online: (context: OnlineContext) => LocalParts;
  readonly offline: (handler: OfflineHandler, context: LocalContext) => LocalParts;
}

/**
 * Builds the parts of a client, once; it starts nothing.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`
 */
export function compose(input: FlagsmithOptions, platform: Platform, modules: Modules): Parts {
  const options = parseOptions(input);
  const { environmentKey, apiUrl, cache, customHeaders, defaultFlagHandler } = options;
  const { timers, isPermissionError = () => false } = platform;
  const logger = quietLogger(options.logger ?? consoleLogger);
  const onMissing = createDefaultFlags(defaultFlagHandler, logger);

  const send = createSend({
    fetch: fetchOf(options, platform),
    redact: redactionOf([environmentKey, ...Object.values(customHeaders)]),
    isPermissionError,
  });
  const headers = headersOf(options, platform);
  const retryPolicy = retryPolicyOf(options, platform);
  const requestBy = (clock: Timers) =>
    createRequest({ send, timers: clock, retryPolicy, timeoutMs: options.requestTimeoutMs });

  const { waitUntil, requestDeadlineMs: deadlineMs } = options;
  const calls = new Calls({ timers, deadlineMs, waitUntil });
  const context = { options, timers, logger, onMissing };
  const offline =
    options.offlineHandler &&
    localOf(modules, "offlineHandler").offline(options.offlineHandler, context);
  const outageLog = createOutageLog(logger);
  const hasDefaultFlagHandler = defaultFlagHandler !== undefined;
  const fallback = { onMissing, hasDefaultFlagHandler, outageLog };

  if (options.offlineMode || options.enableLocalEvaluation) {
    const { provider, snapshots: primary } = options.offlineMode
      ? (offline ?? localOf(modules, "offlineMode").offline(nothing, context))
      : localOf(modules, "enableLocalEvaluation").online({ ...context, headers, requestBy });
    const standIn = options.offlineMode ? undefined : offline?.snapshots;
    const snapshots = snapshotsWithFallback(primary, { ...fallback, offline: standIn });
    const ask = (asked: Asked, source: SnapshotSource): Questions => ({
      evaluator: createSnapshotEvaluator(source, asked),
      calls: asked,
      snapshots: source,
    });
    const scope = (waitUntil?: WaitUntil) => ask(calls.within(waitUntil), pinned(snapshots));
    return { ...ask(calls, snapshots), calls, provider, scope };
  }

  const api = createFlagsmithApi({ apiUrl, headers, request: requestBy(timers) });
  const readThrough = cache && createReadThrough({ cache, environmentKey, apiUrl, timers, logger });
  const ask = (asked: Asked): Questions => {
    const primary = createRemoteEvaluator({ api, calls: asked, onMissing, readThrough });
    const standIn = offline && createSnapshotEvaluator(offline.snapshots, asked);
    const evaluator = evaluatorWithFallback(primary, { ...fallback, offline: standIn });
    return { evaluator, calls: asked, snapshots: undefined };
  };
  const scope = (waitUntil?: WaitUntil) => ask(calls.within(waitUntil));
  return { ...ask(calls), calls, provider: undefined, scope };
}

type Asked = Pick<Calls, "begin">;

const consoleLogger: Logger = {
  warn: (message) => console.warn(`Flagsmith: ${message}`),
  error: (message) => console.error(`Flagsmith: ${message}`),
};

/** Offline without a handler: only default flags answer. */
const nothing: OfflineHandler = {
  getEnvironment: () => {
    const message = "Offline mode without an offlineHandler has no environment document.";
    throw new FlagsmithClientError("NO_ENVIRONMENT", message);
  },
};

function localOf({ local }: Modules, option: string): LocalModule {
  if (local === undefined) throw invalidOption(option, "is not supported by this adapter");
  return local;
}

function fetchOf({ fetch, agent }: ParsedOptions, platform: Platform): Fetch {
  const chosen = fetch ?? platform.fetch;
  if (agent === undefined) return chosen;
  if (platform.throughAgent !== undefined) return platform.throughAgent(chosen, agent);
  const complaint = `is not supported on ${platform.name}, whose fetch would go past it: pass a fetch of your own`;
  throw invalidOption("agent", complaint);
}

function retryPolicyOf({ retries }: ParsedOptions, { retryPolicy }: Platform): RetryPolicy {
  if (retries === undefined) return retryPolicy;
  return typeof retries === "number" ? { ...retryPolicy, retries } : retries;
}

function headersOf(options: ParsedOptions, platform: Platform): Record<string, string> {
  const { environmentKey, customHeaders, applicationMetadata: application } = options;
  const userAgent = `flagsmith-isomorphic-${platform.name}/${version}`;
  return {
    ...customHeaders,
    Accept: "application/json",
    "User-Agent": userAgent,
    "Flagsmith-SDK-User-Agent": userAgent,
    "X-Environment-Key": environmentKey,
    ...(application && { "Flagsmith-Application-Name": application.name }),
    ...(application?.version && { "Flagsmith-Application-Version": application.version }),
  };
}
