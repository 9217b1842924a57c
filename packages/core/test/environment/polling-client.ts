import { vi } from "vitest";
import type { LoadDocument } from "../../src/api/document-api.ts";
import { DocumentSource } from "../../src/environment/document-source.ts";
import { DocumentStore } from "../../src/environment/document-store.ts";
import { LiveEnvironment } from "../../src/environment/live-environment.ts";
import { StatusTracker } from "../../src/environment/status.ts";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import {
  createCompiler,
  documentResponse,
  memoryStorage,
  recordingChanges,
} from "../fake-environment.ts";
import {
  apiUrl,
  environmentKey,
  FakeClock,
  fakePlatform,
  localClient,
  type Responder,
  recordingLogger,
  steadyPolicy,
} from "../fake-platform.ts";

/** Creates a client that polls. It sends no request again, so that each request is one load. */
export function createPollingClient(answer: Responder, options: Partial<FlagsmithOptions> = {}) {
  const platform = fakePlatform(answer, { retryPolicy: steadyPolicy(0, 0) });
  const logger = recordingLogger();
  const { changes, onEnvironmentChange } = recordingChanges();
  const flagsmith = localClient(platform, { logger, onEnvironmentChange, ...options });
  return {
    platform,
    clock: platform.clock,
    flagsmith,
    logger,
    changes,
    /** When requests were sent, in milliseconds since the start of the clock. */
    times: () => platform.requests.map(({ at }) => at),
    /** The value of the banner for an identity, or without one. */
    value: async (identifier?: string) => {
      const flags = await (identifier === undefined
        ? flagsmith.getEnvironmentFlags()
        : flagsmith.getIdentityFlags(identifier));
      return flags.getFeatureValue("banner");
    },
  };
}

/** Creates an API whose responses are sent by the test. */
export function createManualApi() {
  const pending: ((response: Response) => void)[] = [];
  const answer: Responder = () => new Promise((resolve) => void pending.push(resolve));
  /** Responds to the request with this index. */
  const respond = (index: number, response: Response) => pending[index]?.(response);
  return { answer, respond };
}

/** Responds with the number of the request as the value of the banner. */
export const countRequests: Responder = (_request, count) => documentResponse(count);

/** Creates a polled environment, without a client, whose documents a function loads. */
export function createPollingEnvironment(loadDocument: LoadDocument) {
  const clock = new FakeClock();
  const logger = recordingLogger();
  const storage = memoryStorage();
  const compiler = createCompiler(logger);
  const compile = vi.spyOn(compiler, "compile");
  const onChange = vi.fn();
  const guard =
    () =>
    async <T>(run: () => T | Promise<T>) =>
      run();
  const store = new DocumentStore({ storage, environmentKey, apiUrl, timers: clock }, guard);
  const source = new DocumentSource({
    options: {},
    loadDocument,
    compiler,
    store,
    timers: clock,
    logger,
  });
  const status = new StatusTracker({
    options: {},
    timers: clock,
    connection: { circuit: undefined },
    guard,
  });
  const provider = new LiveEnvironment({
    status,
    source,
    loadDocument,
    timers: clock,
    logger,
    onChange,
    sharesPromises: true,
    redact: (text) => text,
    intervalMs: 60_000,
    storageCheckMs: 30_000,
    timeoutMs: 10_000,
    safetyIntervalMs: 300_000,
    deadlineMs: 20_000,
  });
  return { clock, storage, compile, onChange, source, provider };
}

/** A call without a deadline. */
export const endlessCall = { signal: undefined, deadlineAt: Number.MAX_SAFE_INTEGER };
