import { createHash } from "node:crypto";
import {
  backgroundDelivery,
  type EnvironmentChanges,
  Flagsmith,
  type FlagsmithStorage,
  fullJitter,
  type Platform,
} from "@flagsmith-isomorphic/core";
import { localEvaluation } from "@flagsmith-isomorphic/core/local";
import { createFleet } from "@flagsmith-isomorphic/core/realtime";
import { VirtualClock } from "./virtual-clock.ts";

/** A fleet in virtual time. All processes start within 10 s, and each has one client. */
export interface Simulation {
  readonly clients: number;
  /** `none`: each client polls. `acquirable`: a store with `tryAcquire`. */
  readonly store: "none" | "ordinary" | "acquirable";
  /** The document in the store at the start. */
  readonly stored: "nothing" | "fresh" | "old";
  readonly hasChanges: boolean;
}

/** Loads of the document per second, and the time until a change has reached all clients. */
export interface SimulationResult {
  /** The largest number of loads in one second, in the first minute. */
  readonly peakAtStart: number;
  /** The same in the ten minutes after that. */
  readonly peak: number;
  /** The mean of these ten minutes. */
  readonly mean: number;
  /** Loads of all clients between the change and its arrival at the last client. */
  readonly loadsForChange: number;
  readonly secondsUntilAllChanged: number;
}

const intervalMs = 60_000;
const startMs = 10_000;
const steadyMs = 600_000;

/** How long the API and the store take to respond. */
const apiMs = 100;
const storeMs = 2;

/** Runs clients with the code of the packages on a virtual clock. */
export async function simulate(simulation: Simulation): Promise<SimulationResult> {
  const restore = replaceDigest();
  try {
    return await new SimulatedFleet(simulation).run();
  } finally {
    restore();
  }
}

class SimulatedFleet {
  readonly #simulation: Simulation;
  readonly #clock = new VirtualClock();
  /** When documents were loaded, in milliseconds since the start. */
  readonly #loads: number[] = [];
  readonly #values = new Map<string, string>();
  readonly #expiries = new Map<string, number>();
  readonly #listeners = new Set<(message: string) => void>();
  #version = 1;
  #text = createText(1);

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  async run(): Promise<SimulationResult> {
    const { clients: count, stored } = this.#simulation;
    const clock = this.#clock;
    if (stored !== "nothing") await this.#fillStore();
    if (stored === "old") await clock.advance(5 * intervalMs);
    const startedAt = clock.monotonicNow();
    this.#loads.length = 0;
    const reached = new Map<Flagsmith, number>();
    const clients = Array.from({ length: count }, () => {
      const flagsmith: Flagsmith = this.#createClient(() => {
        reached.set(flagsmith, clock.monotonicNow());
      });
      clock.after(Math.random() * startMs, () => void flagsmith.ready().catch(() => undefined));
      return flagsmith;
    });
    const steadyAt = startedAt + 60_000;
    await clock.advance(60_000 + steadyMs);
    const steady = this.#loads.filter((at) => at >= steadyAt);
    const starting = this.#loads.filter((at) => at < steadyAt);
    const change = await this.#measureChange(count, reached);
    await Promise.all(clients.map((flagsmith) => flagsmith.close()));
    return {
      peakAtStart: findPeak(starting),
      peak: findPeak(steady),
      mean: steady.length / (steadyMs / 1000),
      ...change,
    };
  }

  /** Changes the document, and waits until all clients have it. */
  async #measureChange(count: number, reached: Map<Flagsmith, number>) {
    reached.clear();
    this.#loads.length = 0;
    this.#version += 1;
    this.#text = createText(this.#version);
    const changedAt = this.#clock.monotonicNow();
    for (let step = 0; step < 600 && reached.size < count; step++) await this.#clock.advance(1000);
    const lastAt = Math.max(...reached.values());
    return {
      loadsForChange: this.#loads.filter((at) => at <= lastAt).length,
      secondsUntilAllChanged: (lastAt - changedAt) / 1000,
    };
  }

  async #fillStore(): Promise<void> {
    const flagsmith = this.#createClient(() => undefined);
    const ready = flagsmith.ready();
    await this.#clock.advance(1000);
    await ready;
    await flagsmith.close();
  }

  #createClient(onChange: () => void): Flagsmith {
    const { store, hasChanges } = this.#simulation;
    return new Flagsmith(
      {
        environmentKey: "ser.simulated",
        apiUrl: "https://flags.example/api/v1/",
        enableLocalEvaluation: true,
        environmentRefreshIntervalSeconds: intervalMs / 1000,
        storage: store === "none" ? undefined : this.#createStorage(),
        changes: hasChanges ? this.#createChanges() : undefined,
        onEnvironmentChange: onChange,
        logger: { warn: () => undefined, error: () => undefined },
      },
      this.#createPlatform(),
      { delivery: backgroundDelivery, local: localEvaluation, fleet: createFleet },
    );
  }

  #createPlatform(): Platform {
    return {
      name: "simulation",
      timers: this.#clock,
      sharesPromises: true,
      retryPolicy: fullJitter({ retries: 3, baseMs: 500, maxMs: 8000 }),
      fetch: async () => {
        this.#loads.push(this.#clock.monotonicNow());
        const text = this.#text;
        await this.#clock.sleep(apiMs);
        // A real response would be read in another turn of the event loop.
        return createResponse(text);
      },
    };
  }

  #createStorage(): FlagsmithStorage {
    const clock = this.#clock;
    return {
      getItem: async (key) => {
        await clock.sleep(storeMs);
        return this.#values.get(key);
      },
      setItem: async (key, value) => {
        await clock.sleep(storeMs);
        this.#values.set(key, value);
      },
      ...(this.#simulation.store === "acquirable" && {
        tryAcquire: async (key: string, ttlSeconds: number) => {
          await clock.sleep(storeMs);
          if ((this.#expiries.get(key) ?? 0) > clock.monotonicNow()) return false;
          this.#expiries.set(key, clock.monotonicNow() + ttlSeconds * 1000);
          return true;
        },
      }),
    };
  }

  #createChanges(): EnvironmentChanges {
    return {
      subscribe: (onChange) => {
        this.#listeners.add(onChange);
        return () => this.#listeners.delete(onChange);
      },
      publish: (message) => {
        for (const onChange of this.#listeners) onChange(message);
      },
    };
  }
}

/** The largest number of loads in one second. */
function findPeak(loads: readonly number[]): number {
  let peak = 0;
  let first = 0;
  for (const [index, at] of loads.entries()) {
    while (at - (loads[first] ?? at) >= 1000) first += 1;
    peak = Math.max(peak, index - first + 1);
  }
  return peak;
}

function createResponse(text: string): Response {
  const headers = new Headers({ "Content-Type": "application/json" });
  return { status: 200, ok: true, headers, body: null, text: async () => text } as Response;
}

function createText(version: number): string {
  const feature = { id: 1, name: "version" };
  return JSON.stringify({
    id: 1,
    api_key: "simulated",
    updated_at: new Date(Date.UTC(2026, 0, 1) + version).toISOString(),
    feature_states: [{ feature, enabled: true, feature_state_value: version }],
    project: { id: 1, name: "Simulation", segments: [] },
    identity_overrides: [],
  });
}

/** Digests are computed in another thread, so that no turn of the event loop is certain to have them. */
function replaceDigest(): () => void {
  const { subtle } = crypto;
  const { digest } = subtle;
  const compute = async (_algorithm: unknown, data: Uint8Array) => {
    const hash = createHash("sha256").update(data).digest();
    return hash.buffer.slice(hash.byteOffset, hash.byteOffset + hash.byteLength);
  };
  Object.assign(subtle, { digest: compute });
  return () => {
    Object.assign(subtle, { digest });
  };
}
