import { setImmediate as turn } from "node:timers/promises";
import type { Timers } from "../src/platform/platform.ts";

/** The limit of {@link until} in milliseconds of real time. Only a test that hangs reaches it. */
const maxRealMs = 4000;

/** Turns of the event loop until work that waits for nothing external is done. */
const turnsToSettle = 30;

/** Digests are computed in another thread, so that no number of turns is certain to be enough. */
let pendingDigests = 0;
const digest = crypto.subtle.digest.bind(crypto.subtle);
Object.assign(crypto.subtle, {
  digest: async (...args: Parameters<typeof digest>) => {
    pendingDigests++;
    return digest(...args).finally(() => pendingDigests--);
  },
});

/** Waits until everything is done that does not wait for a clock. */
export async function settle(): Promise<void> {
  for (let count = 0; count < turnsToSettle; count++) {
    await turn();
    if (pendingDigests > 0) count = 0;
  }
}

/** Turns the event loop until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + maxRealMs;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`Never came true: ${condition}`);
    await turn();
  }
}

/** The limit of {@link FakeClock.run}, because polling never stops. */
const maxRunMs = 24 * 3600 * 1000;

interface Sleeper {
  at: number;
  readonly wake: () => void;
}

/** A clock that only moves when a test advances it. */
export class FakeClock implements Timers {
  #now = Date.UTC(2026, 0, 1);
  readonly #sleepers = new Set<Sleeper>();
  /** The durations of all calls of `sleep` and `start`, in milliseconds. */
  readonly sleeps: number[] = [];
  /** The durations of all calls of `after`, in milliseconds. */
  readonly delays: number[] = [];

  /** How far the wall clock was set back. */
  #setBackMs = 0;

  readonly now = (): number => this.#now;
  readonly monotonicNow = (): number => this.#now + this.#setBackMs;

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    this.sleeps.push(ms);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        at: this.#now + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener("abort", stop);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", stop, { once: true });
    });
  };

  readonly after = (ms: number, task: () => void): (() => void) => {
    this.delays.push(ms);
    return this.#start(ms, task);
  };

  readonly start = (ms: number, task: () => void): (() => void) => {
    this.sleeps.push(ms);
    return this.#start(ms, task);
  };

  /** The timers of an isolate: without `after`. */
  get isolateTimers(): Timers {
    const { now, monotonicNow, sleep, start } = this;
    return { now, monotonicNow, sleep, start };
  }

  #start(ms: number, task: () => void): () => void {
    const sleeper: Sleeper = {
      at: this.#now + ms,
      wake: () => {
        this.#sleepers.delete(sleeper);
        task();
      },
    };
    this.#sleepers.add(sleeper);
    return () => void this.#sleepers.delete(sleeper);
  }

  /** The number of sleeps and tasks that are pending. */
  get pending(): number {
    return this.#sleepers.size;
  }

  /** When each pending sleep and task is due, in milliseconds from now. */
  get due(): number[] {
    return Array.from(this.#sleepers, ({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  /** Drops everything that is pending, as a runtime does when a request is over. */
  cutOff(): void {
    this.#sleepers.clear();
  }

  /** Sets the time back. Pending sleeps and tasks stay due after the same duration. */
  setBack(ms: number): void {
    this.#now -= ms;
    this.#setBackMs += ms;
    const sleepers = [...this.#sleepers];
    for (const sleeper of sleepers) sleeper.at -= ms;
  }

  /** Lets time pass without waking anything, as for a process that is stopped. */
  freeze(ms: number): void {
    this.#now += ms;
  }

  /** Advances the clock. Each sleep and task on the way ends at its own time. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await settle();
    }
    this.#now = Math.max(this.#now, end);
  }

  /** Advances the clock until the promise has settled. */
  async run<T>(promise: Promise<T>): Promise<T> {
    const giveUpAt = this.#now + maxRunMs;
    let isPending = true;
    const done = () => {
      isPending = false;
    };
    promise.then(done, done);
    for (;;) {
      await settle();
      if (!isPending) return promise;
      const next = this.#next();
      if (next === undefined || next.at > giveUpAt) {
        throw new Error("It does not wait for the clock.");
      }
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
  }

  #next(): Sleeper | undefined {
    return [...this.#sleepers].sort((a, b) => a.at - b.at)[0];
  }
}
