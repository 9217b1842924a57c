import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { runInChild } from "../child.ts";
import {
  baselineName,
  importOurs,
  listContenders,
  officialName,
  undiciTransports,
} from "../contenders/list.ts";
import { type Batch, measureCpuUs } from "../timing.ts";
import { createWorkload } from "../workload/create-workload.ts";
import type { Identity } from "../workload/workload.ts";
import type { Plan, Section } from "./section.ts";

interface RemoteTask extends Pick<Plan, "contenders" | "isQuick"> {
  readonly apiUrl: string;
  readonly flagsOf: "environment" | "identity";
  /** Number of calls in flight. */
  readonly concurrency: number;
}

/** Calls the API and returns how many flags it sent. */
interface RemoteClient {
  readonly environment: () => Promise<number>;
  readonly identity: (identity: Identity) => Promise<number>;
}

/** Measures remote mode against an API in another process, whose CPU time does not count. */
export async function measureRemote({ contenders: chosen, isQuick }: Plan): Promise<Section> {
  const transports = undiciTransports.map(({ name }) => name);
  const contenders = chosen.includes("ours") ? [...chosen, ...transports] : chosen;
  const api = fork(fileURLToPath(new URL("remote-api.ts", import.meta.url)));
  try {
    const [apiUrl] = (await once(api, "message")) as [string];
    const columns = [];
    for (const flagsOf of ["environment", "identity"] as const) {
      for (const concurrency of [1, 64]) {
        const task: RemoteTask = { apiUrl, flagsOf, concurrency, contenders, isQuick };
        const values = await runInChild(import.meta.url, measureRemoteCalls, task);
        columns.push({ title: `${flagsOf}, ${concurrency} in flight`, values });
      }
    }
    return {
      title: "Remote mode",
      explanation: "CPU µs per call that returns 50 flags. The floor is `fetch` with `JSON.parse`.",
      columns,
    };
  } finally {
    api.disconnect();
  }
}

/** Runs in a child process. */
export async function measureRemoteCalls(task: RemoteTask): Promise<Record<string, number>> {
  const batches = new Map<string, Batch>();
  for (const name of task.contenders) {
    const client = await openClient(name, task.apiUrl);
    if (client !== undefined) batches.set(name, createBatch(client, task));
  }
  return await measureCpuUs(batches, {
    rounds: task.isQuick ? 1 : 12,
    roundMs: task.isQuick ? 100 : 250,
    minCalls: Math.max(10, task.concurrency * 4),
  });
}

function createBatch(client: RemoteClient, { flagsOf, concurrency }: RemoteTask): Batch {
  const { identities } = createWorkload("S");
  let next = 0;
  const call = async () => {
    const identity = identities[next++ % identities.length];
    if (identity === undefined) throw new Error("The workload has no identities.");
    const count = await client[flagsOf](identity);
    if (count !== 50) throw new Error(`The client returned ${count} flags.`);
  };
  return async (calls) => {
    const end = next + calls;
    const callUntilEnd = async () => {
      while (next < end) await call();
    };
    await Promise.all(Array.from({ length: concurrency }, callUntilEnd));
  };
}

/** Returns `undefined` for contenders without a remote mode. */
async function openClient(name: string, apiUrl: string): Promise<RemoteClient | undefined> {
  if (name === "floor") return createFetchClient(apiUrl);
  const options = { environmentKey: "bench", apiUrl };
  if (name === officialName) {
    return adapt(new (await import("flagsmith-nodejs")).Flagsmith(options));
  }
  const transport = undiciTransports.find((listed) => listed.name === name);
  if (transport?.module !== undefined) return openUndiciClient(transport.module, options);
  const { module } = listContenders().find((listed) => listed.name === name) ?? {};
  if (module === undefined || (name !== "ours" && name !== baselineName)) return undefined;
  return adapt(new (await importOurs(module)).Flagsmith(options));
}

async function openUndiciClient(
  module: string,
  options: { readonly environmentKey: string; readonly apiUrl: string },
): Promise<RemoteClient> {
  const { Flagsmith } = await import("@flagsmith-isomorphic/node");
  const { undiciFetch } = await import("@flagsmith-isomorphic/node/undici");
  const { Agent }: typeof import("undici") = await import(module);
  const agent = new Agent({ connections: 64 });
  return adapt(new Flagsmith({ ...options, fetch: undiciFetch, agent }));
}

interface FlagList {
  allFlags(): readonly unknown[];
}

function adapt(flagsmith: {
  getEnvironmentFlags(): Promise<FlagList>;
  getIdentityFlags(identifier: string, traits: Identity["traits"]): Promise<FlagList>;
}): RemoteClient {
  return {
    environment: async () => (await flagsmith.getEnvironmentFlags()).allFlags().length,
    identity: async ({ identifier, traits }) =>
      (await flagsmith.getIdentityFlags(identifier, traits)).allFlags().length,
  };
}

interface SentFlag {
  readonly feature: { readonly name: string };
}

function createFetchClient(apiUrl: string): RemoteClient {
  const headers = { "X-Environment-Key": "bench" };
  const countByName = (flags: readonly SentFlag[]) =>
    new Map(flags.map((flag) => [flag.feature.name, flag])).size;
  return {
    environment: async () => {
      const response = await fetch(`${apiUrl}flags/`, { headers });
      return countByName((await response.json()) as SentFlag[]);
    },
    identity: async ({ identifier, traits }) => {
      const response = await fetch(`${apiUrl}identities/`, {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/json" },
        body: JSON.stringify({
          identifier,
          traits: Object.entries(traits).map(([key, value]) => ({
            trait_key: key,
            trait_value: value,
          })),
        }),
      });
      return countByName(((await response.json()) as { flags: SentFlag[] }).flags);
    },
  };
}
