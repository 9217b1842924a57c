import { setTimeout as sleep } from "node:timers/promises";
import { runInChild } from "../child.ts";
import { listContenders, loadContender } from "../contenders/list.ts";
import { measureColdCpuMs } from "../timing.ts";
import { createWorkload } from "../workload/create-workload.ts";
import type { WorkloadName } from "../workload/workload.ts";
import type { Plan, Section } from "./section.ts";

interface LoadTask {
  readonly contender: string;
  readonly workload: WorkloadName;
  readonly durationMs: number;
}

/** Measures how long each client needs to replace its configuration. */
export async function measureRefreshes(plan: Plan): Promise<Section> {
  return {
    title: "Refresh",
    explanation: `CPU ms from the text of a configuration, in the client's own format, until the client can evaluate it: the mean of
a new process, with garbage collection.`,
    columns: await measureEach(plan, (task) => runInChild(import.meta.url, measureRefresh, task)),
  };
}

/** Measures how much memory each client needs for its configuration. */
export async function measureHeaps(plan: Plan): Promise<Section> {
  return {
    title: "Heap",
    explanation: "MB that a client adds to the heap of a new process when it has loaded.",
    columns: await measureEach(plan, (task) =>
      runInChild(import.meta.url, measureHeap, task, ["--expose-gc"]),
    ),
  };
}

async function measureEach(
  { workloads, contenders, isQuick }: Plan,
  measure: (task: LoadTask) => Promise<number>,
) {
  const loading = listContenders().filter(
    ({ name, module }) => module !== undefined && contenders.includes(name),
  );
  const columns = [];
  for (const workload of workloads) {
    const values: Record<string, number> = {};
    for (const { name: contender } of loading) {
      values[contender] = await measure({ contender, workload, durationMs: isQuick ? 50 : 600 });
    }
    columns.push({ title: workload, values });
  }
  return columns;
}

/** Runs in a child process. */
export async function measureRefresh({
  contender,
  workload,
  durationMs,
}: LoadTask): Promise<number> {
  const { configure, open } = await loadContender(contender);
  const text = configure(createWorkload(workload));
  await loadResponse();
  const client = await open(text);
  // The space changes the text but not its meaning, because clients may skip a text that they have already read.
  const texts = [`${text} `, text];
  let count = 0;
  return await measureColdCpuMs(() => client.refresh(texts[count++ % 2] ?? text), durationMs);
}

/** Runs in a child process. */
export async function measureHeap({ contender, workload }: LoadTask): Promise<number> {
  const { configure, open } = await loadContender(contender);
  const text = configure(createWorkload(workload));
  await loadResponse();
  const before = await readHeapMb();
  const client = await open(text);
  const growth = (await readHeapMb()) - before;
  // Keeps both alive until here.
  if (text.length === 0 || client.refresh === undefined) throw new Error("Nothing was loaded.");
  return growth;
}

/** Loads the code of `Response`, which Node.js does on first use. It is not part of any client. */
async function loadResponse(): Promise<void> {
  await new Response("{}").json();
}

async function readHeapMb(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await sleep(10);
  }
  return process.memoryUsage().heapUsed / 1e6;
}
