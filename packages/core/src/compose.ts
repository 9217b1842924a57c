import { FlagsApi } from "./api/flags-api.ts";
import type { EnvironmentProvider } from "./environment/environment.ts";
import { StatusTracker } from "./environment/status.ts";
import { CachedFlags } from "./evaluation/cached-flags.ts";
import { DefaultFlags } from "./evaluation/default-flags.ts";
import type { Evaluator } from "./evaluation/evaluator.ts";
import { Fallback } from "./evaluation/fallback.ts";
import { createObserverFactory, type Observer } from "./evaluation/observer.ts";
import { RemoteEvaluator } from "./evaluation/remote-evaluator.ts";
import { Scope } from "./evaluation/scope.ts";
import { Connection } from "./http/connection.ts";
import { IdentityParser } from "./identity/identity.ts";
import type { LocalModule, ModuleContext, Modules } from "./modules.ts";
import type { FlagsmithOptions } from "./options/options.ts";
import { assertSupported, parseOptions, rejectOption } from "./options/parse-options.ts";
import { warnOfUnits } from "./options/warn-of-units.ts";
import { createDescribeError, createGuard, createSafeWaitUntil } from "./platform/guard.ts";
import { createSafeLogger } from "./platform/logger.ts";
import type { Platform, WaitUntil } from "./platform/platform.ts";
import { Reporter } from "./reporting/reporter.ts";

/** The parts of a client, shared with its request scopes. */
export interface ClientParts {
  /** The client's own scope. */
  readonly scope: Scope;
  readonly evaluator: Evaluator;
  /** Missing in remote mode. */
  readonly environment: EnvironmentProvider | undefined;
  readonly status: StatusTracker;
  /** Checks the status in each call. Missing if a timer does, or if there is no `onStatusChange`. */
  readonly checkStatus: (() => void) | undefined;
  readonly identities: IdentityParser;
  readonly reporter: Reporter;
  /** Stops counting this client as live. */
  readonly release: (() => void) | undefined;
  /** Creates the observer of a scope. Missing if neither analytics nor `onFlagEvaluated` is set. */
  readonly createObserver: ((waitUntil: WaitUntil | undefined) => Observer) | undefined;
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
  warnOfUnits(input, logger);
  const connection = new Connection(options, platform, logger);
  const identities = new IdentityParser(options, logger);
  const reporter = new Reporter(platform, {
    options,
    connection,
    logger,
    identities,
    createDelivery: modules.delivery,
  });
  const describe = createDescribeError((text, secrets) => connection.redact(text, secrets));
  const guard = (kind: string) => createGuard(kind, logger, describe);
  const status = new StatusTracker({ options, timers, connection, guard });
  const context: ModuleContext = {
    options,
    timers,
    sharesPromises,
    logger,
    defaults: new DefaultFlags(
      options.defaultFlagHandler,
      logger,
      options.environmentKey.startsWith("ser."),
    ),
    identities,
    connection,
    modules,
    describe,
    guard,
    status,
  };
  const mode = createMode(context);
  status.follow(mode.environment);
  const observed = { ...context, analytics: reporter.analytics };
  const limits = { timers, deadlineMs: options.requestDeadlineMs };
  return {
    ...mode,
    status,
    checkStatus: options.onStatusChange && !timers.after ? () => status.check() : undefined,
    scope: new Scope(limits, options.waitUntil && createSafeWaitUntil(options.waitUntil)),
    identities,
    reporter,
    release: platform.liveClients?.add(options.environmentKey, logger),
    createObserver: createObserverFactory(observed, platform.stopwatch),
  };
}

/** Chooses remote, local or offline evaluation. */
function createMode(context: ModuleContext): Pick<ClientParts, "evaluator" | "environment"> {
  const { options, modules, defaults, identities } = context;
  assertSupported(options, modules);
  const hasDefaultFlags = options.defaultFlagHandler !== undefined || options.onFailure === "empty";
  const fallback = new Fallback(hasDefaultFlags, context.logger, context.describe);
  if (options.offlineMode) {
    const local = requireLocal(modules, "offlineMode");
    const environment = local.createOfflineEnvironment(context, context.status);
    return {
      environment,
      evaluator: local.createEvaluator(environment, { fallback, defaults, identities }),
    };
  }
  const offline =
    options.offlineHandler &&
    requireLocal(modules, "offlineHandler").createOfflineEnvironment(context);
  const parts = { fallback, offline, defaults, identities };
  if (options.enableLocalEvaluation) {
    const local = requireLocal(modules, "enableLocalEvaluation");
    const environment = local.createEnvironment(context);
    return { environment, evaluator: local.createEvaluator(environment, parts) };
  }
  const cache = options.cache && new CachedFlags(options.cache, context);
  const api = new FlagsApi(context);
  const evaluator = new RemoteEvaluator(api, cache, { ...parts, status: context.status });
  return { environment: undefined, evaluator };
}

function requireLocal({ local }: Modules, option: keyof FlagsmithOptions): LocalModule {
  return local ?? rejectOption(option);
}
