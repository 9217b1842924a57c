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

/** Measures how long a client that replaces its configuration keeps the process from doing anything else. */
export async function measurePauses(plan: Plan): Promise<Section> {
  return {
    title: "Pause",
    explanation: `The longest time in ms in which the event loop does not run during a refresh that changes all identifiers: the median of
the refreshes of a new process.`,
    columns: await measureEach(plan, (task) => runInChild(import.meta.url, measurePause, task)),
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
export async function measurePause({ contender, workload, durationMs }: LoadTask): Promise<number> {
  const { configure, open } = await loadContender(contender);
  const text = configure(createWorkload(workload));
  await loadResponse();
  const client = await open(text);
  const texts = [text.replaceAll("user-", "member-"), text];
  const longest: number[] = [];
  const startedAt = performance.now();
  while (longest.length < 9 || performance.now() - startedAt < durationMs) {
    const text = texts[longest.length % 2] ?? "";
    longest.push(await measureLongestPause(() => client.refresh(text)));
  }
  return longest.sort((a, b) => a - b)[Math.floor(longest.length / 2)] ?? Number.NaN;
}

/** Returns the longest time in ms between two turns of the event loop, from the start of a task until after its end. */
async function measureLongestPause(task: () => Promise<void>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let hasEnded = false;
  const running = task().finally(() => {
    hasEnded = true;
  });
  for (let isLast = false; !isLast; ) {
    isLast = hasEnded;
    await new Promise(setImmediate);
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await running;
  return longest;
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
