import { Flagsmith } from "../src/flagsmith.ts";
import { localEvaluation } from "../src/local.ts";
import type { Modules } from "../src/modules.ts";
import type { FlagsmithOptions } from "../src/options/options.ts";
import type { Platform } from "../src/platform/platform.ts";
import type { RetryPolicy } from "../src/platform/retry-policy.ts";
import { realtimeUpdates } from "../src/realtime.ts";
import { backgroundDelivery } from "../src/reporting/background-delivery.ts";
import { isolateDelivery } from "../src/reporting/isolate-delivery.ts";
import { FakeClock } from "./fake-clock.ts";
import { json } from "./fake-responses.ts";

export * from "./fake-checks.ts";
export * from "./fake-clock.ts";
export * from "./fake-responses.ts";

/** A request that the fake `fetch` received. */
export interface SeenRequest {
  readonly url: string;
  readonly method: string | undefined;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly init: RequestInit;
  /** Milliseconds since the clock began. */
  readonly at: number;
}

/** Responds to a request. `count` is 1 for the first one. An exception is a failed connection. */
export type Responder = (request: SeenRequest, count: number) => Response | Promise<Response>;

export interface FakePlatform extends Platform {
  readonly clock: FakeClock;
  readonly requests: SeenRequest[];
}

/** A platform that responds from memory and records all requests. */
export function fakePlatform(
  respond: Responder = () => json([]),
  more: Partial<FakePlatform> = {},
): FakePlatform {
  const { clock = new FakeClock() } = more;
  const startedAt = clock.now();
  const requests: SeenRequest[] = [];
  return {
    name: "fake",
    clock,
    requests,
    timers: clock,
    sharesPromises: more.timers === undefined || more.timers.after !== undefined,
    retryPolicy: steadyPolicy(3, 100),
    fetch: async (url, init) => {
      const request: SeenRequest = {
        url,
        method: init.method,
        headers: readHeaders(init),
        body: typeof init.body === "string" ? init.body : undefined,
        signal: init.signal ?? undefined,
        init,
        at: clock.now() - startedAt,
      };
      requests.push(request);
      return respond(request, requests.length);
    },
    ...more,
  };
}

/** A {@link fakePlatform} on which nothing runs between requests. */
export function fakeIsolate(respond?: Responder, more: Partial<FakePlatform> = {}): FakePlatform {
  const { clock = new FakeClock() } = more;
  return fakePlatform(respond, { clock, timers: clock.isolateTimers, ...more });
}

/** Reads headers by name in lower case. The Headers of a DOM keep the original case. */
function readHeaders({ headers }: RequestInit): Record<string, string> {
  return Object.fromEntries(
    [...new Headers(headers)].map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** The default retry policy without randomness. */
export function steadyPolicy(retries: number, delayMs: number): RetryPolicy {
  return {
    retries,
    delay: () => delayMs,
    shouldRetry: ({ status }) =>
      status === undefined || [408, 425, 429].includes(status) || status >= 500,
  };
}

/** A logger that records all lines with their levels, and warnings and errors separately. */
export function recordingLogger() {
  const lines: string[] = [];
  const warnings: string[] = [];
  const errors: string[] = [];
  const write = (level: string, own?: string[]) => (message: string | (() => string)) => {
    const text = typeof message === "string" ? message : message();
    lines.push(`${level} ${text}`);
    own?.push(text);
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

/** A client on a fake platform, without output by default. */
export function client(platform: Platform, options: Partial<FlagsmithOptions> = {}): Flagsmith {
  const logger = recordingLogger();
  const { delivery } = modulesFor(platform);
  return new Flagsmith({ environmentKey, apiUrl, logger, ...options }, platform, { delivery });
}

/** A {@link client} with local evaluation. The options may disable it. */
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

/** The modules that an adapter would pass to the client. */
export function modulesFor({ timers }: Platform): Modules {
  return timers.after === undefined
    ? { delivery: isolateDelivery, local: localEvaluation }
    : { delivery: backgroundDelivery, local: localEvaluation, realtime: realtimeUpdates };
}
