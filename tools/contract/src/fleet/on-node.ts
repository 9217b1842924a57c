// Clients of a fleet: node on-node.cjs <setup as JSON>. Reads commands, one a line, until its standard input ends.
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { inspect } from "node:util";
import { redisChanges, redisStore } from "@flagsmith-isomorphic/core/redis";
import {
  type EnvironmentChanges,
  Flagsmith,
  type FlagsmithStorage,
} from "@flagsmith-isomorphic/node";
import { Redis } from "ioredis";
import { createClient } from "redis";

/** Settings of a process. */
export interface FleetSetup {
  /** Sent to the API as the name of the application. */
  readonly name: string;
  readonly apiUrl: string;
  readonly environmentKey: string;
  readonly redisPort: number;
  readonly library: "redis" | "ioredis";
  readonly clients: number;
  readonly intervalSeconds: number;
}

/** `update` calls `updateEnvironment()` of one client. `mute` and `unmute` switch announcements off and on. */
export type FleetCommand = "update" | "mute" | "unmute";

/** A line of the output, as JSON. */
export type FleetMessage =
  /** A client uses a version of the document for the first time. */
  | { readonly kind: "version"; readonly client: number; readonly version: number }
  | FleetReport
  | { readonly kind: "error"; readonly error: string };

/** All results, once the clients are closed. */
export interface FleetReport {
  readonly kind: "report";
  readonly calls: number;
  /** Calls that failed. */
  readonly failures: readonly string[];
  /** Answers with an older version than an earlier one. */
  readonly outdated: readonly string[];
  readonly unhandled: readonly string[];
  /** The slowest call after the first answer, in milliseconds. */
  readonly slowestMs: number;
}

const setup: FleetSetup = JSON.parse(process.argv[2] ?? "{}");
const unhandled: string[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(`rejection: ${inspect(reason)}`));
process.on("uncaughtException", (error) => unhandled.push(`exception: ${inspect(error)}`));
process.on("warning", (warning) => unhandled.push(`warning: ${warning}`));

let isMuted = false;
let isStopped = false;
let calls = 0;
let slowestMs = 0;
const failures: string[] = [];
const outdated: string[] = [];

function send(message: FleetMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Connects to Redis, with one of the two libraries. */
async function openRedis() {
  if (setup.library === "ioredis") {
    const options = { lazyConnect: true, enableOfflineQueue: false };
    const client = new Redis(setup.redisPort, "127.0.0.1", options);
    const subscriber = client.duplicate();
    for (const each of [client, subscriber]) each.on("error", () => undefined);
    await Promise.all([client.connect(), subscriber.connect()]);
    return {
      storage: redisStore(client),
      changes: redisChanges(client, subscriber),
      close: () => {
        client.disconnect();
        subscriber.disconnect();
      },
    };
  }
  const url = `redis://127.0.0.1:${setup.redisPort}`;
  const client = createClient({ url, disableOfflineQueue: true });
  const subscriber = client.duplicate();
  for (const each of [client, subscriber]) each.on("error", () => undefined);
  await Promise.all([client.connect(), subscriber.connect()]);
  return {
    storage: redisStore(client),
    changes: redisChanges(client, subscriber),
    close: () => {
      client.destroy();
      subscriber.destroy();
    },
  };
}

function createFleetClient(storage: FlagsmithStorage, changes: EnvironmentChanges): Flagsmith {
  return new Flagsmith({
    apiUrl: setup.apiUrl,
    environmentKey: setup.environmentKey,
    enableLocalEvaluation: true,
    environmentRefreshIntervalSeconds: setup.intervalSeconds,
    storage,
    changes: {
      publish: (message) => (isMuted ? undefined : changes.publish?.(message)),
      subscribe: (onChange) =>
        changes.subscribe((message) => {
          if (!isMuted) onChange(message);
        }),
    },
    applicationMetadata: { name: setup.name },
    // Expected while Redis is down.
    logger: { warn: () => undefined, error: () => undefined },
  });
}

/** Calls a client until the process stops, and reports each new version. */
async function useUntilStopped(flagsmith: Flagsmith, client: number): Promise<void> {
  let newest = 0;
  while (!isStopped) {
    const startedAt = performance.now();
    calls += 1;
    try {
      const version = Number((await flagsmith.getEnvironmentFlags()).getFeatureValue("version"));
      if (newest > 0) slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      if (version < newest) outdated.push(`client ${client}: ${version} after ${newest}`);
      if (version > newest) send({ kind: "version", client, version });
      newest = Math.max(newest, version);
    } catch (error) {
      failures.push(inspect(error));
    }
    await wait(25);
  }
}

async function runCommand(command: string, flagsmith: Flagsmith | undefined): Promise<void> {
  if (command === "update") await flagsmith?.updateEnvironment();
  else isMuted = command === "mute";
}

// CommonJS has no top-level await.
async function main(): Promise<void> {
  const redis = await openRedis();
  const clients = Array.from({ length: setup.clients }, () =>
    createFleetClient(redis.storage, redis.changes),
  );
  createInterface({ input: process.stdin })
    .on("line", (line) => {
      runCommand(line, clients[0]).catch((error: unknown) => failures.push(inspect(error)));
    })
    .on("close", () => {
      isStopped = true;
    });
  await Promise.all(clients.map(useUntilStopped));
  await Promise.all(clients.map((flagsmith) => flagsmith.close()));
  redis.close();
  send({ kind: "report", calls, failures, outdated, unhandled, slowestMs });
}

main().catch((error: unknown) => {
  send({ kind: "error", error: inspect(error) });
  process.exitCode = 1;
});
