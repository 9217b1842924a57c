import { createRequestFlags } from "./api/flags-api.ts";
import type { EnvironmentProvider } from "./environment/environment.ts";
import { StatusTracker } from "./environment/status.ts";
import { createCachedFlags } from "./evaluation/cached-flags.ts";
import { DefaultFlags } from "./evaluation/default-flags.ts";
import { EnvironmentCalls } from "./evaluation/environment-calls.ts";
import type { Evaluator } from "./evaluation/evaluator.ts";
import { createFallback } from "./evaluation/fallback.ts";
import { observeEvaluator } from "./evaluation/observed-evaluator.ts";
import { RemoteEvaluator } from "./evaluation/remote-evaluator.ts";
import { Scope } from "./evaluation/scope.ts";
import { SharedEvaluator } from "./evaluation/shared-evaluator.ts";
import { createConnection } from "./http/connection.ts";
import { IdentityParser } from "./identity/identity.ts";
import type { ModuleContext, Modules } from "./modules.ts";
import type { FlagsmithOptions } from "./options/options.ts";
import { assertSupported, parseOptions } from "./options/parse-options.ts";
import { warnOfUnits } from "./options/warn-of-units.ts";
import { createDescribeError, createGuard } from "./platform/guard.ts";
import { createSafeLogger } from "./platform/logger.ts";
import type { Platform } from "./platform/platform.ts";
import { Reporter } from "./reporting/reporter.ts";

/** The parts of a client, shared with its request scopes. */
export interface ClientParts {
  /** The client's own scope. */
  readonly scope: Scope;
  /** Creates the evaluator of a scope. */
  readonly createEvaluator: (scope: Scope) => Evaluator;
  readonly environment: EnvironmentCalls;
  /** The callbacks of its options are read when they are called, so that an integration can replace them. */
  readonly context: ModuleContext;
  /** Checks the status in each call. Missing if a timer does, or if there is no `onStatusChange`. */
  checkStatus: (() => void) | undefined;
  readonly reporter: Reporter;
  /** Stops counting this client as live. */
  readonly release: (() => void) | undefined;
}

/**
 * Builds a client from its options. Starts nothing.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`
 */
export function compose(
  input: FlagsmithOptions,
  platform: Platform,
  modules: Modules,
): ClientParts {
  const options = parseOptions(input);
  const { timers, sharesPromises } = platform;
  const logger = createSafeLogger(options.logger, options.logLevel);
  warnOfUnits(options, logger);
  // It may reject before the first load, or in a mode that does not use it. The load logs that.
  Promise.resolve(options.bootstrap).catch(() => undefined);
  const connection = createConnection(options, platform, logger);
  const describe = createDescribeError(connection.redact);
  const guard = (kind: string) => createGuard(kind, logger, describe);
  const status = new StatusTracker({ options, timers, connection, guard });
  const context: ModuleContext = {
    options,
    timers,
    sharesPromises,
    logger,
    defaults: new DefaultFlags(options, logger),
    identities: new IdentityParser(options, logger),
    connection,
    modules,
    describe,
    guard,
    status,
  };
  const reporter = new Reporter(platform, context);
  const { environment, evaluator: inner } = createMode(context);
  status.start(environment);
  const observed = { ...context, analytics: reporter.analytics, stopwatch: platform.stopwatch };
  const evaluator = (modules.observe ?? observeEvaluator)(inner, observed);
  const deadlineMs = options.requestDeadlineMs;
  const scope = new Scope({ timers, deadlineMs, guard: guard("waitUntil") }, options);
  return {
    environment: new EnvironmentCalls(scope, environment, logger),
    // A request in local evaluation pins a version instead, and evaluates each flag when it is read.
    createEvaluator: ({ isRequest }) =>
      isRequest && !environment ? new SharedEvaluator(evaluator, context.identities) : evaluator,
    context,
    checkStatus: options.onStatusChange && !timers.after ? () => status.check() : undefined,
    scope,
    reporter,
    release: platform.liveClients?.add(options.environmentKey, logger),
  };
}

/** Chooses remote, local or offline evaluation. */
function createMode(context: ModuleContext): {
  readonly evaluator: Evaluator;
  readonly environment: EnvironmentProvider | undefined;
} {
  const { options, modules } = context;
  assertSupported(options, modules);
  const { local } = modules;
  const hasFallback = options.offlineHandler && !options.offlineMode;
  const offline = hasFallback ? local?.createOfflineEnvironment(context) : undefined;
  const parts = { ...context, fallback: createFallback(context, offline) };
  if (local && (options.offlineMode || options.enableLocalEvaluation)) {
    const environment = options.offlineMode
      ? local.createOfflineEnvironment(context, context.status)
      : local.createEnvironment(context);
    return { environment, evaluator: local.createEvaluator(environment, parts) };
  }
  const cache = options.cache && createCachedFlags(options.cache, context);
  const request = createRequestFlags(context);
  return { environment: undefined, evaluator: new RemoteEvaluator(request, cache, parts) };
}
