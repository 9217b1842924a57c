import type { Timers, WaitUntil } from "../platform/platform.ts";

/** Options of a single call. */
export interface CallOptions {
  /** Ends the call at once, rejecting with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a single call for an identity. */
export interface IdentityCallOptions extends CallOptions {
  /**
   * Whether the API should store neither the identity nor its traits.
   * @defaultValue `false`
   */
  readonly transient?: boolean | undefined;
}

/** One call of the user: all of its attempts and waits end by `deadlineAt`. */
export interface Call {
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  /** Whether that is sooner than the client's own deadline: when it passes, the API has not failed yet. */
  readonly isBrief?: boolean | undefined;
  /** Keeps the runtime at work after the answer; absent where nothing may go on. */
  readonly waitUntil?: WaitUntil | undefined;
}

/** How long something may take, and who may end it sooner. */
export interface Limit<T> {
  readonly timers: Timers;
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
  /** What stands in for the result when time is up; it may throw. */
  readonly onExpiry: () => T;
}

/** The milliseconds that a call has left, never negative. */
export function remainingMs({ deadlineAt }: Call, { now }: Timers): number {
  return Math.max(0, deadlineAt - now());
}

/**
 * The result of `work`, unless time is up or the caller's signal aborts first; its reason is then thrown.
 *
 * The work is told by a signal of its own, and not waited for: a function of the user's may ignore it.
 */
export async function within<T>(
  { timers, limitMs, signal, onExpiry }: Limit<T>,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const working = new AbortController();
  const timer = new AbortController();
  let isAtWork = true;
  let onAbort = () => {};
  const interruption = new Promise<T>((resolve, reject) => {
    onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const expire = () => resolve(Promise.resolve().then(onExpiry));
    timers.sleep(limitMs, timer.signal).then(expire, () => undefined);
  });
  // Work that throws must not get past the race: the timer's end would be left unhandled.
  const attempt = async () => {
    try {
      return await work(working.signal);
    } finally {
      isAtWork = false;
    }
  };
  try {
    return await Promise.race([attempt(), interruption]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    timer.abort(over);
    if (isAtWork) working.abort(over);
  }
}

/** The reason of our own aborts, made once: a runtime's default one is dear. Nobody sees it. */
const over = new Error("The wait is over.");
