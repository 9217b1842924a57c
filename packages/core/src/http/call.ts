import { onAbort } from "../platform/abort.ts";
import type { Timers, WaitUntil } from "../platform/platform.ts";

/** A timer that fires so late was pending while the process was stopped or busy. */
export const minFreezeMs = 300;

/** How long a response can still be read then, because expired timers run before the data that has arrived. */
const lateReadMs = 100;

/** A call of the user, or work in the background. All its attempts and waits end by `deadlineAt`. */
export interface Call {
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined;
  /** On the monotonic clock, in milliseconds. */
  readonly deadlineAt: number;
  /**
   * The document that `ready()` waits for until its deadline: any document, or one that the API has returned.
   * Other calls have a fallback, and wait for at most a second after a failure.
   */
  readonly waitsFor?: "document" | "api" | undefined;
  /** Keeps the runtime working after the response. Missing if neither the client nor the request has one. */
  readonly waitUntil?: WaitUntil | undefined;
  /** Whether it is work in the background, which no render waits for. */
  readonly isBackground?: boolean;
}

/** Returns the milliseconds until the call's deadline, or 0 after it. */
export function remainingMs({ deadlineAt }: Call, { monotonicNow }: Timers): number {
  return Math.max(0, deadlineAt - monotonicNow());
}

/**
 * Returns the result of `work`, or of `onExpiry` after `limitMs`. If the process was stopped meanwhile, `work` gets a
 * short time to read what has arrived.
 *
 * The signal that `work` receives aborts when the wait ends. A user's function may ignore it.
 *
 * @throws the reason of `signal` if it aborts first, and the errors of `work` and `onExpiry`.
 */
export function within<T>(
  limit: {
    readonly timers: Timers;
    readonly limitMs: number;
    readonly signal: AbortSignal | undefined;
    readonly onExpiry: () => T | Promise<T>;
  },
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const { timers, limitMs, signal, onExpiry } = limit;
  // One promise, one timer and one controller, because each remote call waits here.
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const expire = () => {
      stopWaiting();
      // An error of `onExpiry` rejects the promise.
      resolve(Promise.resolve().then(onExpiry));
      controller.abort(waitIsOver);
    };
    const frozenFrom = timers.monotonicNow() + limitMs + minFreezeMs;
    let cancelTimer = timers.start(limitMs, () => {
      if (timers.monotonicNow() < frozenFrom) expire();
      else cancelTimer = timers.start(lateReadMs, expire);
    });
    const stopListening = onAbort(signal, () => {
      stopWaiting();
      reject(signal?.reason);
      controller.abort(waitIsOver);
    });
    const stopWaiting = () => {
      cancelTimer();
      stopListening();
    };
    const settle = async () => {
      try {
        resolve(await work(controller.signal));
      } catch (error) {
        reject(error);
      } finally {
        stopWaiting();
      }
    };
    void settle();
  });
}

/** Created once, because building a default AbortError per call is slow. Never visible to users. */
const waitIsOver = new Error("The wait is over.");
