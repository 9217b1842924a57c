import type { ParsedOptions } from "../options/parse-options.ts";
import type { ClientLogger } from "../platform/logger.ts";
import type { FetchResponse, Platform, Timers } from "../platform/platform.ts";
import { createRetryPolicy } from "../platform/retry-policy.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { chooseFetch, HttpClient, type HttpRequest } from "./fetch.ts";
import { createHeaders } from "./headers.ts";
import { createRedact, listClientSecrets } from "./redaction.ts";
import { createSendRequest, type SendRequest } from "./request.ts";

/** Sends the requests of one client, with its `fetch`, headers and retry policy. */
export interface Connection {
  /** Shared by the calls of remote mode. Missing with `circuitBreaker: false`. */
  readonly circuit?: CircuitBreaker | undefined;
  /** Removes the client's secrets and the given ones from a text. */
  readonly redact: (text: string, secrets?: readonly string[]) => string;
  /** Creates the function that sends requests. `retries` replaces the client's option. */
  readonly createSendRequest: (
    timers: Timers,
    circuit?: CircuitBreaker,
    retries?: number,
  ) => SendRequest;
  /** Opens a stream in one attempt. Redacts `secrets` in addition to the client's. */
  readonly open: (
    request: HttpRequest,
    secrets: readonly string[],
    signal: AbortSignal,
  ) => Promise<FetchResponse>;
  /** Creates the headers for requests to a URL. */
  readonly createHeaders: (url: string) => Record<string, string>;
}

/** @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for an `agent` that the platform cannot use. */
export function createConnection(
  options: ParsedOptions,
  platform: Platform,
  logger: ClientLogger,
): Connection {
  const { requestTimeoutMs: timeoutMs, maxResponseBytes } = options;
  const { isPermissionError, timers } = platform;
  const fetch = chooseFetch(options, platform);
  const clientSecrets = listClientSecrets(options);
  const createOwnRedact = (secrets: readonly string[] = []) =>
    createRedact([...clientSecrets, ...secrets]);
  const createHttp = (secrets?: readonly string[]) =>
    new HttpClient(fetch, createOwnRedact(secrets), { isPermissionError, maxResponseBytes });
  const http = createHttp();
  return {
    circuit: options.circuitBreaker ? new CircuitBreaker(timers, timeoutMs) : undefined,
    redact: (text, secrets) => createOwnRedact(secrets)(text),
    createSendRequest: (timers, circuit, retries = options.retries) => {
      const policy = createRetryPolicy(retries, platform.retryPolicy);
      return createSendRequest(http, timers, { ...policy, timeoutMs, logger, circuit });
    },
    open: (request, secrets, signal) => createHttp(secrets).open(request, signal),
    createHeaders: (url) => createHeaders(url, options, platform.name),
  };
}
