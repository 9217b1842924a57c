import { serveChild } from "../measure/child.ts";
import { measure, type Round } from "../measure/loop.ts";
import { median } from "../measure/statistics.ts";
import { createWorkload } from "../workload/create-workload.ts";
import { type RemoteClient, remoteClients } from "./remote-clients.ts";

export interface RemoteTask {
  readonly apiUrl: string;
  readonly ask: "environment" | "identity";
  /** Calls at a time. */
  readonly concurrency: number;
  readonly rounds: number;
  readonly roundMs: number;
}

export interface RemoteResult {
  readonly client: string;
  readonly cpuUs: number;
  readonly medianPerSecond: number;
}

/** Lets the clients take turns in one process; whoever answers them is another one. */
await serveChild(async (task: RemoteTask): Promise<RemoteResult[]> => {
  const runners = Object.entries(remoteClients).map(([client, open]) => ({
    client,
    batch: callsOf(open(task.apiUrl), task),
    rounds: [] as Round[],
  }));
  // The first turn is for warming up.
  for (let round = 0; round <= task.rounds; round++) {
    for (const { batch, rounds } of runners) {
      const measured = await measure(batch, task.roundMs, Math.max(10, task.concurrency * 4));
      if (round > 0) rounds.push(measured);
    }
  }
  return runners.map(({ client, rounds }) => ({
    client,
    cpuUs: Math.min(...rounds.map(({ cpuMs, calls }) => (cpuMs * 1000) / calls)),
    medianPerSecond: median(rounds.map(({ wallMs, calls }) => (calls * 1000) / wallMs)),
  }));
});

function callsOf(client: RemoteClient, { ask, concurrency }: RemoteTask) {
  const { identities } = createWorkload("S");
  let call = 0;
  const once = async () => {
    const identity = identities[call++ % identities.length];
    if (identity === undefined) throw new Error("Nobody asks.");
    const count = await (ask === "environment"
      ? client.environmentFlags()
      : client.identityFlags(identity));
    if (count !== 50) throw new Error(`${count} flags came back.`);
  };
  return async (count: number) => {
    const end = call + count;
    const worker = async () => {
      while (call < end) await once();
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  };
}
