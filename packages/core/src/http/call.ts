import { type FlagsmithClientError, invalidOption, unknownOption } from "../errors.ts";
import type { Timers, WaitUntil } from "../platform/platform.ts";

/** Options of a single call. */
export interface CallOptions {
  /** Ends the call immediately, rejecting with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a single call for an identity. */
export interface IdentityCallOptions extends CallOptions {
  /**
   * Whether the API must store neither the identity nor its traits.
   * @defaultValue `false`
   */
  readonly transient?: boolean | undefined;
}

/** Options of `ready()`. */
export interface ReadyOptions extends CallOptions {
  /**
   * The longest wait in seconds, at most two days.
   * @defaultValue `requestDeadlineSeconds`
   */
  readonly timeoutSeconds?: number | undefined;
}

/** Reads the last argument of `getIdentityFlags`. Rejects unknown options, so that a misspelt `transient` does not store an identity. */
export function parseIdentityOptions(
  input: boolean | IdentityCallOptions | undefined,
): IdentityCallOptions | undefined {
  if (input === undefined) return undefined;
  if (typeof input === "boolean") return { transient: input };
  if (typeof input !== "object") throw invalidTransient();
  const names = ["transient", "signal"];
  for (const name in input) {
    if (!names.includes(name)) throw unknownOption(name, names);
  }
  if (!["undefined", "boolean"].includes(typeof input?.transient)) throw invalidTransient();
  return input;
}

function invalidTransient(): FlagsmithClientError {
  return invalidOption("transient", "must be true or false");
}

/** One call of the user. All its attempts and waits end by `deadlineAt`. */
export interface Call {
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  /** True if this deadline is shorter than the client's, so that missing it is not a failure of the API. */
  readonly isBrief?: boolean | undefined;
  /** Keeps the runtime working after the response, if it can. */
  readonly waitUntil?: WaitUntil | undefined;
}

/** The milliseconds until the call's deadline, never negative. */
export function remainingMs({ deadlineAt }: Call, { now }: Timers): number {
  return Math.max(0, deadlineAt - now());
}

/**
 * Returns the result of `work`, or of `onExpiry` after `limitMs`.
 *
 * `work` gets a signal of its own, which aborts at the end of the wait. A user's function may ignore it.
 *
 * @throws the reason of `signal` if it aborts first, and the errors of `work` and `onExpiry`.
 */
export async function within<T>(
  limit: {
    readonly timers: Timers;
    readonly limitMs: number;
    readonly signal: AbortSignal | undefined;
    readonly onExpiry: () => T;
  },
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const { timers, limitMs, signal, onExpiry } = limit;
  signal?.throwIfAborted();
  const working = new AbortController();
  const timer = new AbortController();
  let isWorking = true;
  let onAbort = () => {};
  const interruption = new Promise<T>((resolve, reject) => {
    onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const expire = () => resolve(Promise.resolve().then(onExpiry));
    timers.sleep(limitMs, timer.signal).then(expire, () => undefined);
  });
  // Async, so that work that throws synchronously takes part in the race.
  const attempt = async () => {
    try {
      return await work(working.signal);
    } finally {
      isWorking = false;
    }
  };
  try {
    return await Promise.race([attempt(), interruption]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    timer.abort(waitIsOver);
    if (isWorking) working.abort(waitIsOver);
  }
}

/** Created once, because building a default AbortError per call is slow. Never visible to users. */
const waitIsOver = new Error("The wait is over.");
