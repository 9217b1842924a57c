import type { RetryPolicy } from "./retry-policy.ts";

/** The part of `fetch` that the SDK uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The clock of a runtime. */
export interface Timers {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after `ms`, keeping the process alive until then; rejects as soon as `signal` aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** What a runtime gives the core: an adapter is one literal of this shape. */
export interface Platform {
  /** The runtime's name, as it is told to the API. */
  readonly name: string;
  readonly fetch: Fetch;
  readonly timers: Timers;
  readonly retryPolicy: RetryPolicy;
  /** A `fetch` that goes through the user's `agent`; absent where the runtime would ignore one. */
  readonly throughAgent?: (fetch: Fetch, agent: unknown) => Fetch;
  /** Whether the runtime refused the connection for want of a permission. */
  readonly isPermissionError?: (error: unknown) => boolean;
}

/** The timer functions that every runtime has under these names. */
export interface TimerHost<Id> {
  setTimeout(task: () => void, ms: number): Id;
  clearTimeout(id: Id): void;
}

/** The clock of a runtime that has the usual timer functions, most often `globalThis`. */
export function timersOf<Id>(host: TimerHost<Id>): Timers {
  return {
    now: () => Date.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stop = () => {
          host.clearTimeout(id);
          reject(signal?.reason);
        };
        const id = host.setTimeout(() => {
          signal?.removeEventListener("abort", stop);
          resolve();
        }, ms);
        if (signal?.aborted) stop();
        else signal?.addEventListener("abort", stop, { once: true });
      }),
  };
}
