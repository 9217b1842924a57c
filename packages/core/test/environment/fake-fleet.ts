import { Flagsmith } from "../../src/flagsmith.ts";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import { createFleet as createFleetModule } from "../../src/realtime.ts";
import { environmentDocument, memoryStorage } from "../fake-environment.ts";
import {
  apiUrl,
  environmentKey,
  FakeClock,
  fakePlatform,
  json,
  modulesFor,
  recordingLogger,
  settle,
  steadyPolicy,
} from "../fake-platform.ts";
import { eventStreams } from "../realtime/fake-streams.ts";

/** Carries messages between processes, and records them. */
export function memoryChanges() {
  const listeners = new Set<(message?: string) => void>();
  const published: string[] = [];
  const changes = {
    subscribe: (onChange: (message?: string) => void) => {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    publish: (message: string) => {
      published.push(message);
      for (const onChange of listeners) onChange(message);
    },
  };
  return { changes, listeners, published };
}

/** A store in memory with `tryAcquire`. */
export function acquirableStorage(clock: FakeClock) {
  const expiries = new Map<string, number>();
  return {
    ...memoryStorage(),
    tryAcquire: async (key: string, ttlSeconds: number) => {
      if ((expiries.get(key) ?? 0) > clock.now()) return false;
      expiries.set(key, clock.now() + ttlSeconds * 1000);
      return true;
    },
  };
}

/** Creates processes that share a clock, an API that takes 50 ms, and whatever the options contain. */
export function createFleet(
  size: number,
  {
    clock = new FakeClock(),
    ...options
  }: Partial<FlagsmithOptions> & { readonly clock?: FakeClock } = {},
) {
  const startedAt = clock.now();
  const loads: number[] = [];
  const streams = eventStreams();
  let value: unknown = 1;
  let updatedSeconds = startedAt / 1000 - 100;
  const createProcess = (more: Partial<FlagsmithOptions> = {}) => {
    const logger = recordingLogger();
    const platform = fakePlatform(
      async (request, count) => {
        if (request.url.includes("/sse/")) return streams.answer(request, count);
        loads.push(clock.now() - startedAt);
        const updatedAt = new Date(updatedSeconds * 1000).toISOString();
        const body = environmentDocument(value, { updated_at: updatedAt });
        await clock.sleep(50);
        return json(body);
      },
      { timers: clock, retryPolicy: steadyPolicy(0, 0) },
    );
    const flagsmith = new Flagsmith(
      { environmentKey, apiUrl, enableLocalEvaluation: true, logger, ...options, ...more },
      platform,
      { ...modulesFor(platform), fleet: createFleetModule },
    );
    const read = async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner");
    return { flagsmith, logger, read };
  };
  const processes = Array.from({ length: size }, () => createProcess());
  return {
    clock,
    processes,
    createProcess,
    streams,
    /** When documents were loaded, in milliseconds since the start. */
    loads,
    /** Starts all processes and lets the fleet come to rest. */
    start: async (ms = 600_000) => {
      for (const { flagsmith } of processes) await clock.run(flagsmith.ready());
      await clock.advance(ms);
      loads.length = 0;
    },
    /** Changes the document. Returns its date in epoch seconds. */
    change: (newValue: unknown, seconds: number = clock.now() / 1000) => {
      value = newValue;
      updatedSeconds = seconds;
      return updatedSeconds;
    },
    values: () => Promise.all(processes.map(({ read }) => read())),
    close: async () => {
      await Promise.all(processes.map(({ flagsmith }) => flagsmith.close()));
      await settle();
    },
  };
}
