// Is asked for flags until SIGTERM: node --expose-gc on-node.mjs <setup as JSON>
import { setTimeout as wait } from "node:timers/promises";
import {
  Flagsmith,
  type FlagsmithOptions,
  type FlagsmithStorage,
} from "@flagsmith-isomorphic/node";
import { type NodeMessage, type NodeSetup, streamedPollSeconds } from "./node-messages.ts";
import { soakOptions } from "./soak-client.ts";
import { subjects } from "./subjects.ts";
import { joined, type Testimony, Witness } from "./witness.ts";

const setup: NodeSetup = JSON.parse(process.argv[2] ?? "{}");
const unhandled: string[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(`rejection: ${reason}`));
process.on("uncaughtException", (error) => unhandled.push(`exception: ${error}`));
// Of listeners that are never removed, for instance.
process.on("warning", (warning) => unhandled.push(`warning: ${warning}`));

const stopping = new AbortController();
const limit = setTimeout(() => stopping.abort(), setup.limitMs);
process.once("SIGTERM", () => stopping.abort());

const wentBack: string[] = [];

/** A client that is asked again and again. */
class Asked {
  readonly witness: Witness;
  readonly flagsmith: Flagsmith;
  readonly #name: string;
  newest = 0;

  constructor(name: string, options: Partial<FlagsmithOptions>) {
    this.#name = name;
    this.witness = new Witness(name);
    this.flagsmith = new Flagsmith({ ...soakOptions(setup), ...options });
  }

  async ask(): Promise<void> {
    for (const subject of subjects) {
      try {
        const { identifier, traits } = subject;
        const flags = await this.flagsmith.getIdentityFlags(identifier, traits);
        const version = this.witness.answered(flags, subject);
        if (version !== undefined) this.#compare(version);
      } catch (error) {
        this.witness.failed(error);
      }
    }
  }

  tellEvent(): void {
    this.flagsmith.trackEvent("soaked", { identifier: this.witness.nextEvent() });
  }

  async close(): Promise<Testimony> {
    await this.flagsmith.close();
    return this.witness.testimony(this.flagsmith.deliveryReport());
  }

  #compare(version: number): void {
    if (version < this.newest) wentBack.push(`${this.#name}: ${version} after ${this.newest}`);
    this.newest = Math.max(version, this.newest);
  }
}

/** Lives as long as the process. */
async function stay(client: Asked): Promise<Testimony> {
  for (let count = 0; !stopping.signal.aborted; count++) {
    await client.ask();
    if (count % 10 === 0) client.tellEvent();
    // Besides the attempts of every 10 s.
    if (count % 200 === 0) void client.flagsmith.flush();
    await wait(4);
  }
  return client.close();
}

/** Comes, asks and goes, one after the other: nothing of them may stay. */
async function visit(): Promise<Testimony> {
  const values = new Map<string, string>();
  const storage: FlagsmithStorage = {
    getItem: (key) => values.get(key) ?? null,
    setItem: async (key, value) => void values.set(key, value),
  };
  let all = await new Asked("visitor 0", {}).close();
  for (let count = 1; !stopping.signal.aborted; count++) {
    const visitor = new Asked(`visitor ${count}`, {
      storage,
      ...streaming(count % 2 === 0),
    });
    for (let asked = 0; asked < 10; asked++) {
      await visitor.ask();
      visitor.tellEvent();
      await wait(50);
    }
    all = joined(all, await visitor.close());
  }
  return all;
}

function streaming(isStreamed: boolean): Partial<FlagsmithOptions> {
  return isStreamed ? { enableRealtimeUpdates: true, realtimeApiUrl: setup.origin } : {};
}

async function sample(clients: Readonly<Record<string, Asked>>): Promise<void> {
  while (!stopping.signal.aborted) {
    await wait(setup.sampleMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    // What the first one leaves, finalizers among it, the second one takes.
    for (let count = 0; count < 2; count++) {
      globalThis.gc?.();
      await wait(1);
    }
    const { heapUsed: heapBytes, rss: rssBytes } = process.memoryUsage();
    const resources = process.getActiveResourcesInfo().length;
    const newest = Object.fromEntries(
      Object.entries(clients).map(([name, client]) => [name, client.newest]),
    );
    tell({ kind: "sample", heapBytes, rssBytes, resources, newest });
  }
}

function tell(message: NodeMessage): void {
  console.log(JSON.stringify(message));
}

// A function, because CommonJS has no await at the top.
async function main(): Promise<void> {
  const streams = { environmentRefreshIntervalSeconds: streamedPollSeconds, ...streaming(true) };
  const clients = { polled: new Asked("polled", {}), streamed: new Asked("streamed", streams) };
  const [polled, streamed, visitors] = await Promise.all([
    stay(clients.polled),
    stay(clients.streamed),
    visit(),
    sample(clients),
  ]);
  clearTimeout(limit);
  tell({ kind: "report", clients: { polled, streamed, visitors }, wentBack, unhandled });
}

void main();
