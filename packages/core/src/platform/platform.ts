import { fullJitter, type RetryPolicy } from "./retry-policy.ts";

/** The part of `fetch` that the SDK uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Keeps the runtime at work until a promise is settled. */
export type WaitUntil = (work: Promise<unknown>) => void;

/** The clock of a runtime. */
export interface Timers {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after `ms`, keeping the process alive until then; rejects as soon as `signal` aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /**
   * Runs a task after `ms` without keeping the process alive, and returns what cancels it.
   *
   * Absent where nothing may run between requests.
   */
  readonly after?: (ms: number, task: () => void) => () => void;
}

/** What a runtime gives the core: an adapter is one literal of this shape. */
export interface Platform {
  /** The runtime's name, as it is told to the API. */
  readonly name: string;
  readonly fetch: Fetch;
  readonly timers: Timers;
  readonly retryPolicy: RetryPolicy;
  /** Milliseconds of a clock of its own, finer than `timers`; absent where it stands still while code runs. */
  readonly stopwatch?: () => number;
  /**
   * Runs a task once, when the process has nothing more to do, and returns what cancels it; absent where
   * there is no such moment.
   */
  readonly onExit?: ((task: () => void) => () => void) | undefined;
  /** A `fetch` that goes through the user's `agent`; absent where the runtime would ignore one. */
  readonly throughAgent?: (fetch: Fetch, agent: unknown) => Fetch;
  /** Whether an error, its causes aside, is the runtime refusing a permission. */
  readonly isPermissionError?: (error: unknown) => boolean;
}

/** The timer functions that every runtime has under these names. */
export interface TimerHost<Id> {
  setTimeout(task: () => void, ms: number): Id;
  clearTimeout(id: Id): void;
}

/** The longest timer in milliseconds: 2^31 - 1. A longer one fires immediately. */
export const maxTimerMs = 2_147_483_647;

/** Ten per cent more or less, so that many processes do not do the same thing all at once. */
export function jittered(ms: number): number {
  return ms * (0.9 + 0.2 * Math.random());
}

/** The clock of a runtime that has the usual timer functions, most often `globalThis`. */
export function createTimers<Id>(host: TimerHost<Id>): Timers {
  const after = (ms: number, task: () => void) => {
    const id = host.setTimeout(task, ms);
    return () => host.clearTimeout(id);
  };
  return { now: () => Date.now(), sleep: sleepBy(after) };
}

/** The clock of a runtime where work may go on between requests. */
export function createBackgroundTimers<Id extends Unreferenceable>(
  host: TimerHost<Id>,
): BackgroundTimers {
  return {
    ...createTimers(host),
    after: (ms, task) => {
      const id = host.setTimeout(task, ms);
      id.unref();
      return () => host.clearTimeout(id);
    },
  };
}

/** Timers whose `sleep` does not keep the process alive either. */
export function unreferenced(timers: BackgroundTimers): BackgroundTimers {
  return { ...timers, sleep: sleepBy(timers.after) };
}

/** The clock of a runtime where work may go on between requests. */
export type BackgroundTimers = Timers & Required<Pick<Timers, "after">>;

/** A timer that can be told not to keep the process alive. */
export interface Unreferenceable {
  unref(): unknown;
}

function sleepBy(after: BackgroundTimers["after"]): Timers["sleep"] {
  return (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = after(ms, () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      });
      if (signal?.aborted) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    });
}

/** What is used of the globals of a runtime where work may go on between requests. */
export interface BackgroundHost {
  fetch: Fetch;
  readonly performance: { now(): number };
}

/** What the platforms of such runtimes share: there is time to retry with patience, and a clock that runs. */
export function createBackgroundPlatform(
  host: BackgroundHost,
): Required<Pick<Platform, "fetch" | "retryPolicy" | "stopwatch">> {
  return {
    // Looked up late, so that a fetch that is replaced after the import is used.
    fetch: (url, init) => host.fetch(url, init),
    retryPolicy: fullJitter({ retries: 3, baseMs: 500, maxMs: 8000 }),
    stopwatch: () => host.performance.now(),
  };
}
