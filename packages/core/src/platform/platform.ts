import { onAbort } from "./abort.ts";
import { type LiveClients, shareLiveClients } from "./live-clients.ts";
import { fullJitter, type RetryPolicy } from "./retry-policy.ts";

/** The part of `fetch` that the SDK uses. The runtime's `fetch` is one. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>;

/** The second argument of {@link Fetch}. A new object for each request, so that the function may change it. */
export interface FetchInit {
  method: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
  redirect: "manual";
  /** Asks for a new connection: after a timeout, and for a stream, because idle connections may be dead. */
  keepalive?: false;
}

/** The part of a `Response` that the SDK uses. */
export interface FetchResponse {
  readonly status: number;
  /** The URL after redirects. Empty if unknown. */
  readonly url?: string;
  readonly headers: { get(name: string): string | null };
  /** Read instead of `text()`, so that a response that is too long is not read to its end. */
  readonly body?: ResponseBody | null;
  text(): Promise<string>;
}

/** The part of a `ReadableStream` that the SDK uses. */
export interface ResponseBody {
  getReader(): Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel">;
  cancel(): Promise<void>;
}

/** Keeps the runtime working until a promise is settled. */
export type WaitUntil = (work: Promise<unknown>) => void;

/** The clock and timers of a runtime. */
export interface Timers {
  /** The wall clock, in milliseconds since the epoch. Only for dates on the wire and in records. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. All deadlines, waits and ages use it. */
  readonly monotonicNow: () => number;
  /** Resolves after `ms` and keeps the process alive until then. Rejects as soon as `signal` aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Runs a task after `ms` and keeps the process alive until then. Returns a function that cancels it. */
  readonly start: (ms: number, task: () => void) => () => void;
  /**
   * Runs a task after `ms`, detached and without keeping the process alive. Returns a function that cancels it.
   *
   * Missing if nothing may run between requests.
   */
  readonly after?: (ms: number, task: () => void) => () => void;
  /** Missing if the runtime has no async contexts, or if nothing may run between requests. */
  readonly detach?: Detach;
}

/**
 * Runs a function without the async context (`AsyncLocalStorage`) of its caller. Background work would otherwise keep
 * the context of the request that starts it in memory, and appear in the trace of that request.
 */
export type Detach = <T>(run: () => T) => T;

/** The runtime's features that core uses. Each adapter consists of one object of this type. */
export interface Platform {
  /** The runtime's name, sent to the API. */
  readonly name: string;
  readonly fetch: Fetch;
  readonly timers: Timers;
  /** Whether a request may await a promise that another request created. */
  readonly sharesPromises: boolean;
  readonly retryPolicy: RetryPolicy;
  /** Milliseconds of a high-resolution clock. Missing if the clock stands still while code runs. */
  readonly stopwatch?: () => number;
  /**
   * Runs a task once, when the process has nothing more to do. Returns a function that cancels it. Missing if the
   * runtime has no such event.
   */
  readonly onExit?: ((task: () => void) => () => void) | undefined;
  /** Creates a `fetch` that uses the user's `agent`. Missing if the runtime does not support agents. */
  readonly throughAgent?: (fetch: Fetch, agent: unknown) => Fetch;
  /** Counts the clients that are not closed yet. */
  readonly liveClients?: Pick<LiveClients, "add">;
  /** Whether an error means that the runtime denied a permission. Its causes are checked separately. */
  readonly isPermissionError?: (error: unknown) => boolean;
}

/** The timer functions of a runtime, usually `globalThis`. */
export interface TimerHost<Id> {
  setTimeout(task: () => void, ms: number): Id;
  clearTimeout(id: Id): void;
}

/** The longest timer in milliseconds: 2^31 - 1. A longer one fires immediately. */
export const maxTimerMs = 2_147_483_647;

/** Varies a duration by ±10 %, so that many processes do not act at the same time. */
export function addJitter(ms: number): number {
  return ms * (0.9 + 0.2 * Math.random());
}

/** Creates the timers of a runtime in which nothing may run between requests. */
export function createTimers<Id>(host: TimerHost<Id>): Timers {
  const start = createStart(host);
  return {
    now: () => Date.now(),
    monotonicNow: () => performance.now(),
    sleep: createSleep(start),
    start,
  };
}

/** Creates the timers of a runtime in which tasks run between requests. */
export function createBackgroundTimers<Id>(
  host: TimerHost<Id>,
  detach: Detach = (run) => run(),
): BackgroundTimers {
  // In a DOM, timers are numbers.
  const after = createStart(host, (id) => Object(id).unref?.());
  return {
    ...createTimers(host),
    after: (ms, task) => detach(() => after(ms, task)),
    detach,
  };
}

function createStart<Id>(host: TimerHost<Id>, prepare?: (id: Id) => void): Timers["start"] {
  return (ms, task) => {
    // Kept, because a test may fake or restore the timers before the end.
    const { clearTimeout } = host;
    const id = host.setTimeout(task, ms);
    prepare?.(id);
    return () => {
      try {
        clearTimeout(id);
      } catch {
        // `FakeTime` of `@std/testing` throws after it was restored. Its timers never fire then.
      }
    };
  };
}

/** Runs a function detached if the timers support it. */
export function detach<T>(timers: Timers, run: () => T): T {
  return timers.detach ? timers.detach(run) : run();
}

/** Creates timers that, like `after`, do not keep the process alive. Returns those without `after` unchanged. */
export function unreference<T extends Timers>(timers: T): T {
  const { after } = timers;
  return after ? { ...timers, sleep: createSleep(after), start: after } : timers;
}

/** The timers of a runtime in which tasks run between requests. */
export type BackgroundTimers = Timers & Required<Pick<Timers, "after">>;

function createSleep(start: Timers["start"]): Timers["sleep"] {
  return (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const cancel = start(ms, () => {
        stopListening();
        resolve();
      });
      const stopListening = onAbort(signal, () => {
        cancel();
        reject(signal?.reason);
      });
    });
}

/** The globals of a runtime in which tasks run between requests. */
export interface BackgroundHost {
  fetch: Fetch;
  readonly performance: { now(): number };
}

/** Creates what the platforms of Node.js, Bun and Deno have in common. */
export function createBackgroundPlatform(
  host: BackgroundHost,
): Required<
  Pick<Platform, "fetch" | "liveClients" | "retryPolicy" | "sharesPromises" | "stopwatch">
> {
  return {
    liveClients: shareLiveClients(host),
    sharesPromises: true,
    // Looked up per call, because the global fetch may be replaced after the import.
    fetch: (url, init) => host.fetch(url, init),
    retryPolicy: fullJitter({ retries: 3, baseMs: 500, maxMs: 8000 }),
    stopwatch: () => host.performance.now(),
  };
}
