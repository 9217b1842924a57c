import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Plan } from "../command-line.ts";
import { OFFICIAL } from "../contenders/list.ts";
import { runChild } from "../measure/child.ts";
import type { RemoteResult, RemoteTask } from "../remote/remote.ts";
import { writeTable } from "../table.ts";

const ASKS = ["environment", "identity"] as const;
const CONCURRENCIES = [1, 64] as const;

/** Remote mode against a stub on the loopback interface, in a process of its own. */
export async function writeRemote({ isQuick }: Plan): Promise<string> {
  const stub = fork(fileURLToPath(new URL("../remote/stub.ts", import.meta.url)));
  try {
    const [apiUrl] = (await once(stub, "message")) as [string];
    const rows: (readonly (string | number)[])[] = [];
    for (const ask of ASKS) {
      for (const concurrency of CONCURRENCIES) {
        const rounds = isQuick ? 1 : 5;
        const task: RemoteTask = { apiUrl, ask, concurrency, rounds, roundMs: isQuick ? 150 : 400 };
        rows.push(...(await measureOne(task)));
      }
    }
    const columns = [
      "client",
      "flags of",
      "at a time",
      "CPU µs",
      "÷ official",
      "÷ fetch",
      "calls/s",
    ];
    return writeTable(columns, rows);
  } finally {
    stop(stub);
  }
}

async function measureOne(task: RemoteTask): Promise<(readonly (string | number)[])[]> {
  const results = await runChild<RemoteTask, RemoteResult[]>("../remote/remote.ts", task);
  const cpuOf = (name: string) => results.find(({ client }) => client === name)?.cpuUs ?? NaN;
  return results.map(({ client, cpuUs, medianPerSecond }) => [
    client,
    task.ask,
    task.concurrency,
    cpuUs,
    cpuUs / cpuOf(OFFICIAL),
    cpuUs / cpuOf("bare fetch + json"),
    medianPerSecond,
  ]);
}

function stop(stub: ChildProcess): void {
  stub.disconnect();
}
