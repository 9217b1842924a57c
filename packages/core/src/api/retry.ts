import { FlagsmithAPIError } from "../errors.ts";
import type { Timers } from "../ports/platform.ts";
import type { RequestFailure, RetryPolicy } from "../ports/retry-policy.ts";
import { type Call, remainingMs, within } from "./call.ts";

/** An attempt that failed, and whether another may help. */
export interface Failure {
  readonly error: FlagsmithAPIError;
  /** Absent where no retry can help. */
  readonly kind?: RequestFailure["kind"] | undefined;
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
    const limitMs = Math.min(timeoutMs, remainingMs(call, timers));
    if (limitMs === 0) throw unsent(attempts.what);
    const onExpiry = (): Outcome<T> => timeout(attempts.what, limitMs);
    const limit = { timers, limitMs, signal: call.signal, onExpiry };
    const outcome = await within(limit, attempts.attempt);
    if ("value" in outcome) return outcome.value;

    const waitMs = retryWaitMs(retryPolicy, outcome, count);
    if (waitMs === undefined || timers.now() + waitMs >= call.deadlineAt) throw outcome.error;
    await timers.sleep(waitMs, call.signal);
  }
}

/** How long to wait before the next attempt; `undefined` for never. */
function retryWaitMs(policy: RetryPolicy, failure: Failure, attempt: number): number | undefined {
  const { kind, error } = failure;
  if (kind === undefined || attempt > policy.retries) return undefined;
  try {
    if (!policy.shouldRetry({ kind, status: error.status, attempt })) return undefined;
    // In plain JavaScript a policy may return anything.
    return Math.max(0, Number(error.retryAfterMs ?? policy.delay(attempt)) || 0);
  } catch {
    // The request's own failure says more than that of a policy of the user's.
    return undefined;
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
