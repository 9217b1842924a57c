import { FlagsmithAPIError } from "../errors.ts";
import type { Timers } from "../ports/platform.ts";
import type { RequestFailure, RetryPolicy } from "../ports/retry-policy.ts";

/** One call of the user: all of its attempts and waits end by `deadlineAt`. */
export interface Call {
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
}

/** An attempt that failed, and whether another may help. */
export interface Failure {
  readonly error: FlagsmithAPIError;
  /** Absent where no retry can help. */
  readonly kind?: RequestFailure["kind"] | undefined;
  /** How long the server asked to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** How an attempt ended. */
export type Outcome<T> = { readonly value: T } | Failure;

/** What {@link withRetries} needs of the client. */
export interface RetryContext {
  readonly timers: Timers;
  readonly retryPolicy: RetryPolicy;
  /** For one attempt, its body included. */
  readonly timeoutMs: number;
}

/** One request of the API, as often as it takes. */
export interface Attempts<T> {
  /** The method and URL, for messages. */
  readonly what: string;
  readonly attempt: (signal: AbortSignal) => Promise<Outcome<T>>;
}

/**
 * Attempts until one succeeds, no retry can help, or the call's deadline leaves no room for another.
 *
 * Each attempt has a timeout of its own. What is thrown is the last attempt's error, or the reason
 * of the caller's signal.
 */
export async function withRetries<T>(
  context: RetryContext,
  call: Call,
  attempts: Attempts<T>,
): Promise<T> {
  const { timers, retryPolicy, timeoutMs } = context;
  for (let count = 1; ; count++) {
    call.signal?.throwIfAborted();
    const limitMs = Math.min(timeoutMs, call.deadlineAt - timers.now());
    if (limitMs <= 0) throw unsent(attempts.what);
    const outcome = await withTimeout(attempts, { timers, limitMs, signal: call.signal });
    if ("value" in outcome) return outcome.value;

    const waitMs = retryWaitMs(retryPolicy, outcome, count);
    if (waitMs === undefined || timers.now() + waitMs >= call.deadlineAt) throw outcome.error;
    await timers.sleep(waitMs, call.signal);
  }
}

/** How long to wait before the next attempt; `undefined` for never. */
function retryWaitMs(policy: RetryPolicy, failure: Failure, attempt: number): number | undefined {
  const { kind, error, retryAfterMs } = failure;
  if (kind === undefined || attempt > policy.retries) return undefined;
  try {
    if (!policy.shouldRetry({ kind, status: error.status, attempt })) return undefined;
    // In plain JavaScript a policy may return anything.
    return Math.max(0, Number(retryAfterMs ?? policy.delay(attempt)) || 0);
  } catch {
    // The request's own failure says more than that of a policy of the user's.
    return undefined;
  }
}

interface Limit {
  readonly timers: Timers;
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
}

async function withTimeout<T>(
  { what, attempt }: Attempts<T>,
  { timers, limitMs, signal }: Limit,
): Promise<Outcome<T>> {
  const request = new AbortController();
  const timer = new AbortController();
  let onAbort = () => {};
  const interruption = new Promise<Failure>((resolve, reject) => {
    onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const expire = () => resolve(timeout(what, limitMs));
    timers.sleep(limitMs, timer.signal).then(expire, () => undefined);
  });
  try {
    // Raced, because a fetch of the user's may ignore the signal that it is given.
    return await Promise.race([attempt(request.signal), interruption]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    timer.abort();
    request.abort();
  }
}

/** What came before the request, such as a slow cache, may have used up the time. */
function unsent(what: string): FlagsmithAPIError {
  return new FlagsmithAPIError("API_TIMEOUT", `${what} was not sent: the deadline had passed.`);
}

function timeout(what: string, limitMs: number): Failure {
  const message = `${what} did not answer whole within ${limitMs / 1000} s.`;
  return { kind: "timeout", error: new FlagsmithAPIError("API_TIMEOUT", message) };
}
