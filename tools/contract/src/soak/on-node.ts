// Evaluates flags until its standard input ends: node --expose-gc on-node.mjs <setup as JSON>
import { setTimeout as wait } from "node:timers/promises";
import { inspect } from "node:util";
import {
  Flagsmith,
  type FlagsmithOptions,
  type FlagsmithStorage,
} from "@flagsmith-isomorphic/node";
import {
  ClientRecord,
  type ClientSummary,
  createSoakOptions,
  mergeSummaries,
  type SoakAddress,
  streamedPollSeconds,
} from "./soak-client.ts";
import { soakIdentities } from "./versioned-document.ts";

/** Settings of the process. */
export interface NodeSetup extends SoakAddress {
  /** Time between two samples, in milliseconds. */
  readonly sampleMs: number;
}

/** A line of the output, as JSON. The report or an error is the last one. */
export type NodeMessage =
  | NodeSample
  | NodeReport
  /** The soak itself has failed. */
  | { readonly kind: "error"; readonly error: string };

/** A measurement of the process. */
export interface NodeSample {
  readonly kind: "sample";
  readonly heapBytes: number;
  /** Number of timers, sockets and other resources that keep the process alive. */
  readonly resources: number;
  /** Progress of each long-lived client. */
  readonly progress: Readonly<Record<string, NodeProgress>>;
}

/** Document versions that a client has used so far. */
interface NodeProgress {
  readonly newest: number;
  readonly versions: number;
  /** Versions that came less than half of `streamedPollSeconds` after another one. */
  readonly quickVersions: number;
}

/** All results, once the clients are closed. */
export interface NodeReport {
  readonly kind: "report";
  readonly clients: Readonly<Record<string, ClientSummary>>;
  /** Results that are older than an earlier one of the same client. */
  readonly outdated: readonly string[];
  /**
   * Results of clients with a store that are one version older than an earlier one: the API always wins over the
   * store, also if its replica lags.
   */
  readonly allowedSteps: number;
  readonly unhandled: readonly string[];
}

const setup: NodeSetup = JSON.parse(process.argv[2] ?? "{}");
const unhandled: string[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(`rejection: ${reason}`));
process.on("uncaughtException", (error) => unhandled.push(`exception: ${error}`));
// For example about listeners that are never removed.
process.on("warning", (warning) => unhandled.push(`warning: ${warning}`));

const stopping = new AbortController();
// Ends if the host asks for it or is gone.
process.stdin.once("close", () => stopping.abort()).resume();

const realtime = { enableRealtimeUpdates: true, realtimeApiUrl: setup.origin };
const outdated: string[] = [];
let allowedSteps = 0;

/** A client that evaluates flags again and again. */
class SoakClient {
  readonly record: ClientRecord;
  readonly flagsmith: Flagsmith;
  readonly #name: string;
  readonly #hasStore: boolean;
  #newest = 0;
  #quickVersions = 0;
  #changedAt = Number.NEGATIVE_INFINITY;

  constructor(name: string, options: Partial<FlagsmithOptions>) {
    this.#name = name;
    this.#hasStore = options.storage !== undefined;
    this.record = new ClientRecord(name);
    this.flagsmith = new Flagsmith({ ...createSoakOptions(setup), ...options });
  }

  get progress(): NodeProgress {
    return {
      newest: this.#newest,
      versions: this.record.versionCount,
      quickVersions: this.#quickVersions,
    };
  }

  /** Evaluates the flags of all identities. Records errors instead of throwing them. */
  async evaluate(): Promise<void> {
    for (const identity of soakIdentities) {
      try {
        const { identifier, traits } = identity;
        const flags = await this.flagsmith.getIdentityFlags(identifier, traits);
        const version = this.record.recordFlags(flags, identity);
        if (version !== undefined) this.#compare(version);
      } catch (error) {
        this.record.recordError(error);
      }
    }
  }

  trackEvent(): void {
    this.flagsmith.trackEvent("soaked", { identifier: this.record.createEventName() });
  }

  async close(): Promise<ClientSummary> {
    await this.flagsmith.close();
    return this.record.summarize(this.flagsmith.deliveryReport());
  }

  #compare(version: number): void {
    if (this.#hasStore && version === this.#newest - 1) allowedSteps += 1;
    else if (version < this.#newest) {
      outdated.push(`${this.#name}: ${version} after ${this.#newest}`);
    }
    if (version <= this.#newest) return;
    const now = performance.now();
    if (now - this.#changedAt < (streamedPollSeconds * 1000) / 2) this.#quickVersions += 1;
    this.#changedAt = now;
    this.#newest = version;
  }
}

/** Uses a client until the process stops. */
async function useUntilStopped(client: SoakClient): Promise<ClientSummary> {
  for (let round = 0; !stopping.signal.aborted; round++) {
    await client.evaluate();
    if (round % 10 === 0) client.trackEvent();
    // In addition to the deliveries every 10 s.
    if (round % 200 === 0) void client.flagsmith.flush();
    await wait(4);
  }
  return client.close();
}

/** Creates the options of clients that share a store and announce changes to each other. */
function createSharedOptions(): Partial<FlagsmithOptions> {
  const values = new Map<string, string>();
  const expiries = new Map<string, number>();
  const listeners = new Set<(message: string) => void>();
  return {
    storage: {
      getItem: async (key) => values.get(key) ?? null,
      setItem: async (key, value) => void values.set(key, value),
      tryAcquire: async (key, ttlSeconds) => {
        if ((expiries.get(key) ?? 0) > performance.now()) return false;
        expiries.set(key, performance.now() + ttlSeconds * 1000);
        return true;
      },
    },
    changes: {
      subscribe: (onChange) => {
        listeners.add(onChange);
        return () => listeners.delete(onChange);
      },
      publish: (message) => {
        for (const onChange of listeners) onChange(message);
      },
    },
  };
}

/** Creates, uses and closes clients in turn. They must leave nothing behind. */
async function useShortLivedClients(): Promise<ClientSummary> {
  const values = new Map<string, string>();
  const storage: FlagsmithStorage = {
    getItem: (key) => values.get(key) ?? null,
    setItem: async (key, value) => void values.set(key, value),
  };
  let summary = await new SoakClient("short-lived 0", {}).close();
  for (let count = 1; !stopping.signal.aborted; count++) {
    const options = { storage, ...(count % 2 === 0 && realtime) };
    const client = new SoakClient(`short-lived ${count}`, options);
    for (let round = 0; round < 10; round++) {
      await client.evaluate();
      client.trackEvent();
      await wait(50);
    }
    summary = mergeSummaries(summary, await client.close());
  }
  return summary;
}

async function sendSamples(clients: Readonly<Record<string, SoakClient>>): Promise<void> {
  while (!stopping.signal.aborted) {
    await wait(setup.sampleMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    // Finalizers run between the two collections and release more objects.
    for (let count = 0; count < 2; count++) {
      globalThis.gc?.();
      await wait(1);
    }
    const { heapUsed: heapBytes } = process.memoryUsage();
    const resources = process.getActiveResourcesInfo().length;
    const progress = Object.fromEntries(
      Object.entries(clients).map(([name, client]) => [name, client.progress]),
    );
    send({ kind: "sample", heapBytes, resources, progress });
  }
}

function send(message: NodeMessage): void {
  console.log(JSON.stringify(message));
}

// CommonJS has no top-level await.
async function main(): Promise<void> {
  const shared = createSharedOptions();
  const clients = {
    polled: new SoakClient("polled", {}),
    streamed: new SoakClient("streamed", {
      environmentRefreshIntervalSeconds: streamedPollSeconds,
      ...realtime,
    }),
    "shared one": new SoakClient("shared one", shared),
    "shared other": new SoakClient("shared other", shared),
  };
  const [polled, streamed, one, other, shortLived] = await Promise.all([
    useUntilStopped(clients.polled),
    useUntilStopped(clients.streamed),
    useUntilStopped(clients["shared one"]),
    useUntilStopped(clients["shared other"]),
    useShortLivedClients(),
    sendSamples(clients),
  ]);
  const summaries = {
    polled,
    streamed,
    "shared one": one,
    "shared other": other,
    "short-lived": shortLived,
  };
  send({ kind: "report", clients: summaries, outdated, allowedSteps, unhandled });
}

main().catch((error: unknown) => {
  stopping.abort();
  send({ kind: "error", error: inspect(error) });
});
