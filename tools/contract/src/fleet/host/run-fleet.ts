import { setTimeout as wait } from "node:timers/promises";
import { type ApiRequest, createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { type ContractResult, runCases } from "../../contract.ts";
import { bundleForNode } from "../../host/bundle.ts";
import { findRedisUnavailability, RedisServer } from "../../host/redis-server.ts";
import { createDocument } from "../../soak/versioned-document.ts";
import type { FleetPlan } from "./fleet-plan.ts";
import { FleetProcess } from "./fleet-process.ts";

/** Upper bound for anything that a slow machine delays, in milliseconds. */
const maxDelayMs = 60_000;

/** How much longer than promised something may take on a busy machine, in milliseconds. */
const toleranceMs = 4000;

/** The most counts, of two intervals each, until the loads are as few as before a restart of Redis. */
const maxRecoveryCounts = 6;

/** Runs processes that share a Redis, and checks how often and how soon they load the document. */
export async function runFleet(consumer: string, plan: FleetPlan): Promise<ContractResult[]> {
  const skipped = findRedisUnavailability();
  if (skipped !== undefined) return [{ name: "processes with one Redis", skipped }];
  const redis = await RedisServer.start();
  const fleet = new TestFleet(plan, redis);
  try {
    return await fleet.run(consumer);
  } finally {
    await fleet.stop();
    await redis.kill();
  }
}

/** The processes, and the API that they load from. */
class TestFleet {
  readonly #plan: FleetPlan;
  readonly #redis: RedisServer;
  readonly #api = createFlagsmithApi({ document: createDocument(1) });
  readonly #loads: { readonly at: number; readonly process: string }[] = [];
  readonly #figures: (readonly [string, string])[] = [];
  #processes: readonly FleetProcess[] = [];
  #version = 1;
  #closeApi = async () => {};

  constructor(plan: FleetPlan, redis: RedisServer) {
    this.#plan = plan;
    this.#redis = redis;
  }

  async run(consumer: string): Promise<ContractResult[]> {
    await this.#start(consumer);
    const { intervalSeconds } = this.#plan;
    const results = await runCases([
      {
        name: "at most two loads per interval after the first",
        run: () => this.#checkLoads(),
      },
      {
        name: "a change reaches all processes through the store",
        run: () => this.#checkStore(),
      },
      {
        name: "an announced change reaches all processes at once",
        run: () => this.#checkPush(),
      },
      {
        name: "loads resume within two intervals after the leader was killed",
        run: () => this.#checkTakeover(),
      },
      {
        name: "all processes recover after Redis was restarted",
        run: () => this.#checkRedisRestart(),
      },
      {
        name: "every call was answered, with no older version than before",
        run: () => this.#checkReports(),
      },
    ]);
    const size = `${this.#plan.processes} processes with ${this.#plan.clientsPerProcess} clients`;
    console.log(`fleet: ${size}, interval ${intervalSeconds} s`);
    for (const [label, value] of this.#figures) console.log(`  ${label}: ${value}`);
    return results;
  }

  async stop(): Promise<void> {
    for (const process of this.#processes) process.kill();
    await this.#closeApi();
  }

  get #intervalMs(): number {
    return this.#plan.intervalSeconds * 1000;
  }

  /** The time between two polls, with the largest jitter. */
  get #maxIntervalMs(): number {
    return this.#intervalMs * 1.1;
  }

  get #running(): readonly FleetProcess[] {
    return this.#processes.filter(({ isRunning }) => isRunning);
  }

  async #start(consumer: string): Promise<void> {
    const handle = (request: ApiRequest) => {
      if (request.path.includes("/environment-document/")) {
        const process = String(request.headers["flagsmith-application-name"]);
        this.#loads.push({ at: performance.now(), process });
      }
      return this.#api.handle(request);
    };
    const { url, close } = await serveFlagsmithApi({ handle });
    this.#closeApi = close;
    const scripts = await bundleForNode(consumer, "fleet/on-node");
    const script = scripts.find(({ format }) => format === "cjs");
    if (script === undefined) throw new Error("There is no script.");
    const { processes, clientsPerProcess: clients, intervalSeconds } = this.#plan;
    this.#processes = Array.from({ length: processes }, (_, index) => {
      return new FleetProcess(script.path, {
        name: `process-${index}`,
        apiUrl: url,
        environmentKey: this.#api.environmentKey,
        redisPort: this.#redis.port,
        library: index % 2 === 0 ? "redis" : "ioredis",
        clients,
        intervalSeconds,
      });
    });
    await this.#waitForVersion(maxDelayMs);
    const loads = this.#loads.length;
    this.#figures.push(["loads at the start", String(loads)]);
    // The first interval is random.
    await wait(this.#intervalMs * 2);
  }

  async #checkLoads(): Promise<void> {
    const startedAt = performance.now();
    await wait(this.#plan.countedSeconds * 1000);
    const counts = new Array(Math.floor(this.#plan.countedSeconds / this.#plan.intervalSeconds))
      .fill(0)
      .map((_, index) => {
        const from = startedAt + index * this.#intervalMs;
        return this.#loads.filter(({ at }) => at >= from && at < from + this.#intervalMs).length;
      });
    this.#figures.push(["loads in each interval", counts.join(", ")]);
    if (counts.some((count) => count > 2)) throw new Error(`Loads: ${counts.join(", ")}`);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) throw new Error("Nothing was loaded.");
  }

  async #checkStore(): Promise<void> {
    for (const process of this.#running) process.send("mute");
    // Commands are carried out within this time.
    await wait(500);
    const ms = await this.#measureChange();
    this.#figures.push(["a change reaches all through the store after", formatSeconds(ms)]);
    for (const process of this.#running) process.send("unmute");
    const storeCheckMs = this.#intervalMs / 2;
    const maxMs = this.#maxIntervalMs + storeCheckMs + toleranceMs;
    if (ms > maxMs) throw new Error(`It took ${formatSeconds(ms)}.`);
  }

  async #checkPush(): Promise<void> {
    await wait(500);
    this.#change();
    const loads = this.#loads.length;
    const startedAt = performance.now();
    this.#running[0]?.send("update");
    await this.#waitForVersion(maxDelayMs);
    const ms = performance.now() - startedAt;
    this.#figures.push(["a change reaches all by push after", formatSeconds(ms)]);
    this.#figures.push(["loads for this change", String(this.#loads.length - loads)]);
    if (ms > 1000 + toleranceMs) throw new Error(`It took ${formatSeconds(ms)}.`);
    // The second one is a poll that was due.
    if (this.#loads.length - loads > 2) throw new Error(`${this.#loads.length - loads} loads`);
  }

  async #checkTakeover(): Promise<void> {
    const before = this.#loads.length;
    await this.#waitUntil(() => this.#loads.length > before, 4 * this.#intervalMs + toleranceMs);
    const last = this.#loads.at(-1);
    const leader = this.#running.find(({ name }) => name === last?.process);
    if (last === undefined || leader === undefined) throw new Error("There is no leader.");
    leader.kill();
    await this.#waitUntil(() => !leader.isRunning, maxDelayMs);
    const isNext = () =>
      this.#loads.some(({ at, process }) => at > last.at && process !== leader.name);
    const isResumed = await this.#waitUntil(isNext, maxDelayMs);
    const next = this.#loads.find(({ at, process }) => at > last.at && process !== leader.name);
    const ms = (next?.at ?? Number.POSITIVE_INFINITY) - last.at;
    this.#figures.push(["loads resume after", formatSeconds(ms)]);
    if (!isResumed || ms > 2 * this.#intervalMs + toleranceMs) {
      throw new Error(`It took ${formatSeconds(ms)}.`);
    }
  }

  async #checkRedisRestart(): Promise<void> {
    await this.#redis.kill();
    await wait(this.#intervalMs);
    await this.#redis.restart();
    const ms = await this.#measureChange();
    this.#figures.push(["a change reaches all after a restart of Redis after", formatSeconds(ms)]);
    // Connections return after up to 2 s, and the first write or read of each process takes an interval.
    const maxMs = 3 * this.#maxIntervalMs + 2000 + toleranceMs;
    if (ms > maxMs) throw new Error(`It took ${formatSeconds(ms)}.`);
    const counts: number[] = [];
    // A process that stalls for longer than the timeout of a read loads for itself once more.
    while (counts.length < maxRecoveryCounts && (counts.at(-1) ?? 5) > 4) {
      const before = this.#loads.length;
      await wait(2 * this.#intervalMs);
      counts.push(this.#loads.length - before);
    }
    this.#figures.push(["loads in each two intervals after that", counts.join(", ")]);
    if ((counts.at(-1) ?? 5) > 4) {
      const names = this.#loads.slice(-20).map(({ process }) => process);
      throw new Error(
        `Loads in two intervals: ${counts.join(", ")}; last ones: ${names.join(", ")}`,
      );
    }
  }

  async #checkReports(): Promise<void> {
    const processes = this.#running;
    for (const process of processes) process.requestStop();
    await this.#waitUntil(() => processes.every(({ isRunning }) => !isRunning), maxDelayMs);
    const reports = processes.flatMap(({ report }) => report ?? []);
    this.#figures.push(["calls", String(reports.reduce((sum, { calls }) => sum + calls, 0))]);
    const slowestMs = Math.max(...reports.map((report) => report.slowestMs));
    this.#figures.push(["slowest call after the first answer in ms", slowestMs.toFixed(0)]);
    const findings = [
      ...processes.flatMap(({ name, end }) => (end === 0 ? [] : [`${name}: its end: ${end}`])),
      ...this.#processes.flatMap(({ problems }) => problems),
      ...reports.flatMap(({ failures, outdated, unhandled }) => [
        ...failures,
        ...outdated,
        ...unhandled,
      ]),
    ];
    if (findings.length > 0) throw new Error(findings.slice(0, 20).join("\n"));
  }

  #change(): void {
    this.#version += 1;
    this.#api.setDocument(createDocument(this.#version));
  }

  /** Changes the document. Resolves to the time until all clients use it, in milliseconds. */
  async #measureChange(): Promise<number> {
    this.#change();
    const startedAt = performance.now();
    await this.#waitForVersion(maxDelayMs);
    return performance.now() - startedAt;
  }

  /** Waits until all clients use the last version. */
  async #waitForVersion(maxMs: number): Promise<void> {
    const hasVersion = ({ versions }: FleetProcess) =>
      versions.size === this.#plan.clientsPerProcess &&
      [...versions.values()].every((version) => version === this.#version);
    const isReached = await this.#waitUntil(() => this.#running.every(hasVersion), maxMs);
    if (isReached) return;
    const late = this.#running.filter((process) => !hasVersion(process));
    const problems = this.#processes.flatMap((process) => process.problems);
    const names = late.map(({ name }) => name).join(", ");
    throw new Error(`Not on version ${this.#version}: ${names}\n${problems.join("\n")}`);
  }

  async #waitUntil(isTrue: () => boolean, maxMs: number): Promise<boolean> {
    const giveUpAt = performance.now() + maxMs;
    while (!isTrue()) {
      if (performance.now() > giveUpAt) return false;
      await wait(5);
    }
    return true;
  }
}

function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
