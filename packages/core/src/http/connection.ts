import type { ParsedOptions } from "../options/parse-options.ts";
import type { ClientLogger } from "../platform/logger.ts";
import type { Fetch, FetchResponse, Platform, Timers } from "../platform/platform.ts";
import { createRetryPolicy } from "../platform/retry-policy.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { chooseFetch, HttpClient, type HttpRequest } from "./fetch.ts";
import { createHeaders } from "./headers.ts";
import { createRedact, listClientSecrets } from "./redaction.ts";
import { createSendRequest, type SendRequest } from "./request.ts";

/** Sends the requests of one client, with its `fetch`, headers and retry policy. */
export class Connection {
  /** Shared by the calls of remote mode. Missing with `circuitBreaker: false`. */
  readonly circuit?: CircuitBreaker | undefined;
  readonly #options: ParsedOptions;
  readonly #platform: Platform;
  readonly #fetch: Fetch;
  readonly #http: HttpClient;
  readonly #logger: ClientLogger;
  readonly #secrets: readonly string[];
  /** Removes the client's secrets and the given ones from a text. */
  readonly redact = (text: string, secrets: readonly string[] = []): string =>
    createRedact([...this.#secrets, ...secrets])(text);

  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for an `agent` that the platform cannot use. */
  constructor(options: ParsedOptions, platform: Platform, logger: ClientLogger) {
    this.#options = options;
    this.#logger = logger;
    this.#platform = platform;
    this.#fetch = chooseFetch(options, platform);
    this.#secrets = listClientSecrets(options);
    this.#http = this.#createHttp();
    if (options.circuitBreaker) {
      this.circuit = new CircuitBreaker(platform.timers, options.requestTimeoutMs);
    }
  }

  /** Creates the function that sends requests. `retries` replaces the client's option. */
  createSendRequest(timers: Timers, circuit?: CircuitBreaker, retries?: number): SendRequest {
    const { requestTimeoutMs: timeoutMs } = this.#options;
    const policy = createRetryPolicy(retries ?? this.#options.retries, this.#platform.retryPolicy);
    const limits = { timeoutMs, logger: this.#logger };
    return createSendRequest(this.#http, timers, { ...policy, ...limits, circuit });
  }

  /** Opens a stream in one attempt. Redacts `secrets` in addition to the client's. */
  open(request: HttpRequest, secrets: string[], signal: AbortSignal): Promise<FetchResponse> {
    return this.#createHttp(secrets).open(request, signal);
  }

  /** Creates the headers for requests to a URL. */
  createHeaders(url: string): Record<string, string> {
    return createHeaders(url, this.#options, this.#platform.name);
  }

  #createHttp(secrets: readonly string[] = []): HttpClient {
    const redact = createRedact([...this.#secrets, ...secrets]);
    const { isPermissionError } = this.#platform;
    const { maxResponseBytes } = this.#options;
    return new HttpClient(this.#fetch, redact, { isPermissionError, maxResponseBytes });
  }
}
