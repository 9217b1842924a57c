import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { FlagsmithClientError } from "../src/errors.ts";
import { Flagsmith } from "../src/flagsmith.ts";
import { isolateEvaluation, localEvaluation } from "../src/local.ts";
import type { Modules } from "../src/modules.ts";
import type { FlagsmithOptions } from "../src/options/options.ts";
import type { Platform, Timers } from "../src/platform/platform.ts";
import type { RetryPolicy } from "../src/platform/retry-policy.ts";
import { realtimeUpdates } from "../src/realtime.ts";
import { backgroundDelivery } from "../src/reporting/background-delivery.ts";
import { isolateDelivery } from "../src/reporting/isolate-delivery.ts";

/** Well within what a test may take, and far more than any step does: only a hang gets there. */
const patienceMs = 4000;

/** More turns of the event loop than an answer from memory takes to be read. */
const turnsToSettle = 30;

/** Digests are made in another thread, which no number of turns is sure to outlast. */
let pendingDigests = 0;
const digest = crypto.subtle.digest.bind(crypto.subtle);
Object.assign(crypto.subtle, {
  digest: async (...args: Parameters<typeof digest>) => {
    pendingDigests++;
    return digest(...args).finally(() => pendingDigests--);
  },
});

/** Lets everything happen that waits for no clock. */
export async function settle(): Promise<void> {
  for (let count = 0; count < turnsToSettle; count++) {
    await turn();
    if (pendingDigests > 0) count = 0;
  }
}

/** Lets the event loop turn until the condition holds, e.g. over a digest made in another thread. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`Never came true: ${condition}`);
    await turn();
  }
}

/** Where polls go on for ever, the clock is never at a loss for something to wake. */
const longestRunMs = 24 * 3600 * 1000;

interface Sleeper {
  at: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is cranked. */
export class FakeClock implements Timers {
  #now = Date.UTC(2026, 0, 1);
  readonly #sleepers = new Set<Sleeper>();
  /** Every sleep that was ever asked for, in milliseconds. */
  readonly sleeps: number[] = [];
  /** Every task that was ever put off, in milliseconds. */
  readonly delays: number[] = [];

  readonly now = (): number => this.#now;

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
    const sleeper: Sleeper = {
      at: this.#now + ms,
      wake: () => {
        this.#sleepers.delete(sleeper);
        task();
      },
    };
    this.#sleepers.add(sleeper);
    return () => void this.#sleepers.delete(sleeper);
  };

  /** How many sleeps have neither ended nor been ended, and tasks neither run nor cancelled. */
  get pending(): number {
    return this.#sleepers.size;
  }

  /** When everything that is pending is due, in milliseconds from now. */
  get due(): number[] {
    return Array.from(this.#sleepers, ({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  /** Nothing that sleeps now is ever woken: so a runtime cuts off the work of a request that is over. */
  cutOff(): void {
    this.#sleepers.clear();
  }

  /** Sets the time back; what sleeps is woken no later for that. */
  setBack(ms: number): void {
    this.#now -= ms;
    const sleepers = [...this.#sleepers];
    for (const sleeper of sleepers) sleeper.at -= ms;
  }

  /** Cranks the clock on, waking what is due on the way, each at its own time. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#now = next.at;
      next.wake();
      await settle();
    }
    this.#now = end;
  }

  /** Cranks from one sleep to the next until the promise has settled. */
  async run<T>(promise: Promise<T>): Promise<T> {
    const giveUpAt = this.#now + longestRunMs;
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
        throw new Error("It waits for something else than the clock.");
      }
      this.#now = next.at;
      next.wake();
    }
  }

  #next(): Sleeper | undefined {
    return [...this.#sleepers].sort((a, b) => a.at - b.at)[0];
  }
}

/** A request as the fake `fetch` saw it. */
export interface SeenRequest {
  readonly url: string;
  readonly method: string | undefined;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly init: RequestInit;
  /** Milliseconds since the clock began. */
  readonly at: number;
}

/** Answers a request, the first being number 1; what it throws is a failed connection. */
export type Answer = (request: SeenRequest, count: number) => Response | Promise<Response>;

export interface FakePlatform extends Platform {
  readonly clock: FakeClock;
  readonly requests: SeenRequest[];
}

/** A platform that answers from memory, keeps what was asked and never waits. */
export function fakePlatform(
  answer: Answer = () => json([]),
  more: Partial<Platform> = {},
): FakePlatform {
  const clock = new FakeClock();
  const startedAt = clock.now();
  const requests: SeenRequest[] = [];
  return {
    name: "fake",
    clock,
    requests,
    timers: clock,
    retryPolicy: steadyPolicy(3, 100),
    fetch: async (url, init) => {
      const request: SeenRequest = {
        url,
        method: init.method,
        headers: headersOf(init),
        body: typeof init.body === "string" ? init.body : undefined,
        signal: init.signal ?? undefined,
        init,
        at: clock.now() - startedAt,
      };
      requests.push(request);
      return answer(request, requests.length);
    },
    ...more,
  };
}

/** By lower-case name: a DOM's Headers keep the case that they were given. */
function headersOf({ headers }: RequestInit): Record<string, string> {
  return Object.fromEntries(
    [...new Headers(headers)].map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** Retries what the default policy retries, without its randomness. */
export function steadyPolicy(retries: number, delayMs: number): RetryPolicy {
  return {
    retries,
    delay: () => delayMs,
    shouldRetry: ({ status }) =>
      status === undefined || [408, 425, 429].includes(status) || status >= 500,
  };
}

/** A logger that keeps the lines: all of them with their levels, and warnings and errors for themselves. */
export function recordingLogger() {
  const lines: string[] = [];
  const warnings: string[] = [];
  const errors: string[] = [];
  const write = (level: string, own?: string[]) => (message: string) => {
    lines.push(`${level} ${message}`);
    own?.push(message);
  };
  return {
    lines,
    warnings,
    errors,
    debug: write("debug"),
    info: write("info"),
    warn: write("warn", warnings),
    error: write("error", errors),
  };
}

export const environmentKey = "ser.unit-test-key";
export const apiUrl = "https://flags.example/api/v1/";

/** A client on a fake platform, silent unless it is given a logger. */
export function client(platform: Platform, options: Partial<FlagsmithOptions> = {}): Flagsmith {
  const logger = recordingLogger();
  const { delivery } = modulesFor(platform);
  return new Flagsmith({ environmentKey, apiUrl, logger, ...options }, platform, { delivery });
}

/** The same with local evaluation, which every option can still switch off. */
export function localClient(
  platform: Platform,
  options: Partial<FlagsmithOptions> = {},
): Flagsmith {
  const logger = recordingLogger();
  return new Flagsmith(
    { environmentKey, apiUrl, logger, enableLocalEvaluation: true, ...options },
    platform,
    modulesFor(platform),
  );
}

/** What the platform's adapter would hand in. */
export function modulesFor({ timers }: Platform): Modules {
  return timers.after === undefined
    ? { delivery: isolateDelivery, local: isolateEvaluation }
    : { delivery: backgroundDelivery, local: localEvaluation, realtime: realtimeUpdates };
}

/** A JSON answer. */
export function json(body: unknown, init: ResponseInit = {}): Response {
  const headers = { "Content-Type": "application/json", ...init.headers };
  return new Response(JSON.stringify(body), { ...init, headers });
}

/** An answer with nothing but a status, and headers. */
export function status(code: number, headers: Record<string, string> = {}): Response {
  return new Response(`status ${code}`, { status: code, headers });
}

/** An answer with this status that leads elsewhere. */
export function redirect(location: string, code = 302): Response {
  return status(code, { Location: location });
}

/** A connection that never answers, and heeds its signal as every runtime's `fetch` does. */
export function hang({ signal }: Pick<SeenRequest, "signal">): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}

/** A connection that never answers and does not heed its signal. */
export function hangDeaf(): Promise<Response> {
  return new Promise(() => undefined);
}

/** An answer whose head arrives and whose body never ends. */
export function endlessBody(): Response {
  return new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("[")),
    }),
  );
}

/** An answer whose connection breaks in the middle of its body. */
export function cutBody(): Response {
  return new Response(
    new ReadableStream({
      pull: (controller) => controller.error(new TypeError("terminated")),
    }),
  );
}

/** A connection that fails. */
export function reset(): never {
  throw new TypeError("fetch failed", { cause: new Error("read ECONNRESET") });
}

/** A flag as the API writes it. */
export function apiFlag(name: string, more: object = {}) {
  return { id: 7, feature: { id: 3, name }, feature_state_value: "on", enabled: true, ...more };
}

/** The error that a promise or a function ends with; anything else fails the test. */
export async function failureOf(work: Promise<unknown> | (() => unknown)) {
  const error = await (async () => (typeof work === "function" ? work() : work))().then(
    () => expect.unreachable("It should have failed."),
    (reason: unknown) => reason,
  );
  if (!(error instanceof FlagsmithClientError)) throw error;
  return error;
}

/** Makes every test of a file fail that leaves a rejection unhandled. */
export function allowNoUnhandledRejection(): void {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on("unhandledRejection", note);
  });
  afterEach(async () => {
    await settle();
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
}

/** What every test of a file gets for random: by default the middle, where jittered intervals are what they are set to. */
export function fixedRandom(usual = 0.5): { value: number } {
  const random = { value: usual };
  beforeEach(() => {
    random.value = usual;
    vi.spyOn(Math, "random").mockImplementation(() => random.value);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return random;
}

/** A signal that counts its listeners. */
export function countedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  let added = 0;
  Object.assign(signal, {
    addEventListener: (...args: Parameters<typeof add>) => {
      added++;
      listeners.add(args[1]);
      add(...args);
    },
    removeEventListener: (...args: Parameters<typeof remove>) => {
      listeners.delete(args[1]);
      remove(...args);
    },
  });
  return { controller, signal, listeners, added: () => added };
}
