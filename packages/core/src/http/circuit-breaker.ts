import { FlagsmithAPIError } from "../errors.ts";
import type { Timers } from "../platform/platform.ts";
import type { Call } from "./call.ts";
import { describeRequest, type HttpRequest, RedirectError } from "./fetch.ts";

/** Consecutive failed calls that open the circuit. */
const maxFailures = 5;

/** The budget for retries of all calls: 100 retries. A call that needs none earns a fifth of a retry. */
const maxTokens = 500;
const tokensPerRetry = 5;

const minProbePauseMs = 1000;
const maxProbePauseMs = 10_000;

/** The longest `Retry-After` that calls observe. */
export const maxCallRetryAfterMs = 300_000;

/**
 * Protects an API that is down, and the calls from waiting for it. All calls of a client share it.
 *
 * - Closed: calls send requests. Failed attempts share a budget of retries.
 * - Open, after five consecutive calls that failed because the API was unavailable: calls fail immediately.
 * - Half-open, after a pause of at most 10 s: one call sends one request. Its result closes the circuit, or opens it again.
 *
 * A `Retry-After` of any response applies to all calls.
 */
export class CircuitBreaker {
  /** The last failure. Always set while requests are forbidden. */
  #lastError: FlagsmithAPIError | undefined;
  readonly #timers: Timers;
  readonly #timeoutMs: number;
  /** Consecutive calls that failed because the API was unavailable. */
  #failures = 0;
  #failedProbes = 0;
  #tokens = maxTokens;
  /** Retry-After deadline: do not send before this time. */
  #notBefore = 0;
  /** The next call after this time is a probe. While a probe is in flight, it ends its lease. */
  #probeAt = 0;
  /** Whether a probe was admitted after the circuit opened, and has not failed. */
  #isProbing = false;

  /** @param timeoutMs - the limit of one attempt. A probe that is in flight for longer was cancelled with its request. */
  constructor(timers: Timers, timeoutMs: number) {
    this.#timers = timers;
    this.#timeoutMs = timeoutMs;
  }

  get state(): "closed" | "open" | "half-open" {
    if (this.#failures < maxFailures) return "closed";
    return this.#isProbing && this.#now < this.#probeAt ? "half-open" : "open";
  }

  /**
   * Admits a call. Returns whether it is a probe, which makes one attempt and must be followed by {@link endProbe}.
   *
   * @param request - for the message.
   * @throws {@link FlagsmithAPIError} with the code of the last failure, if the circuit is open.
   */
  enter(request: HttpRequest): boolean {
    if (this.#failures < maxFailures) return false;
    if (this.#now < Math.max(this.#probeAt, this.#notBefore)) throw this.#createError(request);
    this.#isProbing = true;
    this.#probeAt = this.#now + this.#timeoutMs;
    return true;
  }

  /** Ends a probe that has no result, because its call was aborted. The next call is a probe. */
  endProbe(): void {
    if (this.#isProbing) this.#probeAt = 0;
  }

  /** Waits until no `Retry-After` forbids an attempt. */
  async pause(request: HttpRequest, call: Call): Promise<void> {
    // Another response may extend the pause. The clock may stand still, if a test fakes only timers, or be past the end.
    for (let until = 0; Math.max(until, this.#now) < this.#notBefore; ) {
      until = this.#notBefore;
      if (until >= call.deadlineAt) throw this.#createError(request);
      await this.#timers.sleep(until - this.#now, call.signal);
      if (this.state !== "closed") throw this.#createError(request);
    }
  }

  /** Takes a retry from the budget. Returns whether the call may make it. */
  takeRetry(): boolean {
    if (this.#tokens < tokensPerRetry || this.state !== "closed") return false;
    this.#tokens -= tokensPerRetry;
    return true;
  }

  /** An attempt failed. */
  attemptFailed(error: FlagsmithAPIError): void {
    if (error.retryAfterMs === undefined) return;
    const waitMs = Math.min(error.retryAfterMs, maxCallRetryAfterMs);
    this.#notBefore = Math.max(this.#notBefore, this.#now + waitMs);
    this.#lastError = error;
  }

  /** A call failed after its last attempt. */
  callFailed(error: FlagsmithAPIError, isProbe: boolean): void {
    if (!isUnavailable(error)) {
      this.#close();
      return;
    }
    this.#lastError = error;
    this.#failures++;
    // Calls that were in flight when the circuit opened do not postpone the probe.
    if (!isProbe && this.#failures !== maxFailures) return;
    this.#isProbing = false;
    const maxPauseMs = Math.min(minProbePauseMs * 2 ** this.#failedProbes++, maxProbePauseMs);
    this.#probeAt = this.#now + maxPauseMs * (1 - Math.random() / 2);
  }

  /** A call succeeded with its attempt of this number, from 1. */
  callSucceeded(attempt: number): void {
    this.#close();
    this.#tokens = Math.min(this.#tokens + (attempt === 1 ? 1 : tokensPerRetry), maxTokens);
  }

  get #now(): number {
    return this.#timers.monotonicNow();
  }

  #close(): void {
    this.#failures = 0;
    this.#failedProbes = 0;
  }

  #createError(request: HttpRequest): FlagsmithAPIError {
    const { code, message, status, reason } = this.#lastError as FlagsmithAPIError;
    const problem = `${describeRequest(request)} was not sent while the API is unavailable: ${message}`;
    const retryAfterMs = Math.max(0, this.#notBefore - this.#now) || undefined;
    return new FlagsmithAPIError(code, problem, { status, reason, retryAfterMs });
  }
}

/** Whether an error means that the API cannot answer any call. A 500 can be caused by a particular identity. */
function isUnavailable(error: FlagsmithAPIError): boolean {
  if (error instanceof RedirectError) return false;
  const { code, status = 0 } = error;
  return ["API_TIMEOUT", "API_UNREACHABLE"].includes(code) || [429, 502, 503, 504].includes(status);
}
