import { createFlagsmithApi } from "./api/flagsmith-api.ts";
import { createSend } from "./api/http.ts";
import { redactionOf } from "./api/redaction.ts";
import { FlagsmithClientError } from "./errors.ts";
import { createDefaultFlags } from "./evaluation/default-flags.ts";
import { withFallback } from "./evaluation/fallback-evaluator.ts";
import { createReadThrough } from "./evaluation/flag-cache.ts";
import type { FlagEvaluator } from "./evaluation/flag-evaluator.ts";
import { createRemoteEvaluator } from "./evaluation/remote-evaluator.ts";
import { type FlagsmithOptions, type ParsedOptions, parseOptions } from "./options.ts";
import { type Logger, quietLogger } from "./ports/logger.ts";
import type { Fetch, Platform, Timers } from "./ports/platform.ts";
import type { RetryPolicy } from "./ports/retry-policy.ts";
import { version } from "./version.ts";

/** What a client is made of. */
export interface Parts {
  readonly evaluator: FlagEvaluator;
  readonly timers: Timers;
  readonly requestDeadlineMs: number;
}

/**
 * Builds the parts of a client, once; it starts nothing.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`
 */
export function compose(input: FlagsmithOptions, platform: Platform): Parts {
  const options = parseOptions(input);
  const { environmentKey, apiUrl, cache, customHeaders, defaultFlagHandler } = options;
  const { timers, isPermissionError = () => false } = platform;
  const logger = quietLogger(options.logger ?? consoleLogger);

  const send = createSend({
    fetch: fetchOf(options, platform),
    redact: redactionOf([environmentKey, ...Object.values(customHeaders)]),
    isPermissionError,
  });
  const api = createFlagsmithApi({
    apiUrl,
    headers: headersOf(options, platform),
    send,
    timers,
    retryPolicy: retryPolicyOf(options, platform),
    timeoutMs: options.requestTimeoutMs,
  });
  const onMissing = createDefaultFlags(defaultFlagHandler, logger);
  const primary = createRemoteEvaluator({
    api,
    onMissing,
    readThrough: cache && createReadThrough({ cache, environmentKey, apiUrl, timers, logger }),
  });
  return {
    evaluator: withFallback({
      primary,
      onMissing,
      hasDefaultFlagHandler: defaultFlagHandler !== undefined,
      logger,
    }),
    timers,
    requestDeadlineMs: options.requestDeadlineMs,
  };
}

const consoleLogger: Logger = {
  warn: (message) => console.warn(`Flagsmith: ${message}`),
  error: (message) => console.error(`Flagsmith: ${message}`),
};

function fetchOf({ fetch, agent }: ParsedOptions, platform: Platform): Fetch {
  const chosen = fetch ?? platform.fetch;
  if (agent === undefined) return chosen;
  if (platform.throughAgent !== undefined) return platform.throughAgent(chosen, agent);
  throw new FlagsmithClientError(
    "INVALID_OPTIONS",
    `Option agent is not supported on ${platform.name}: its fetch would go past the agent. ` +
      "Pass a fetch of your own instead.",
  );
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
