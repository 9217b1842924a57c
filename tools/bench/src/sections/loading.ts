import type { Plan } from "../command-line.ts";
import { entrants, OFFICIAL } from "../contenders/list.ts";
import { runChild } from "../measure/child.ts";
import type { HeapResult, HeapTask } from "../measure/heap.ts";
import type { RefreshResult, RefreshTask } from "../measure/refresh.ts";
import { writeTable } from "../table.ts";
import type { Size } from "../workload/workload.ts";

/** From the text of a configuration to ready. */
export async function writeRefresh(plan: Plan, size: Size): Promise<string> {
  const results: (readonly [string, RefreshResult])[] = [];
  for (const contender of refreshing(plan)) {
    const task: RefreshTask = { size, contender, durationMs: plan.isQuick ? 50 : 600 };
    results.push([contender, await runChild<RefreshTask, RefreshResult>("refresh.ts", task)]);
  }
  const official = results.find(([name]) => name === OFFICIAL)?.[1].cpuMs ?? NaN;
  const rows = results.map(([name, { configurationBytes, cpuMs, medianMs, firstMs }]) => [
    name,
    configurationBytes / 1000,
    cpuMs,
    official / cpuMs,
    medianMs,
    firstMs,
  ]);
  const columns = ["client", "text kB", "CPU ms", "× official", "median ms", "first ms"];
  return writeTable(columns, rows);
}

/** What a loaded client keeps in memory. */
export async function writeHeap(plan: Plan, sizes: readonly Size[]): Promise<string> {
  const rows: (readonly (string | number)[])[] = [];
  for (const contender of refreshing(plan)) {
    const cells: number[] = [];
    for (const size of sizes) {
      const task: HeapTask = { size, contender };
      const { growthBytes } = await runChild<HeapTask, HeapResult>("heap.ts", task, [
        "--expose-gc",
      ]);
      cells.push(growthBytes / 1e6);
    }
    rows.push([contender, ...cells]);
  }
  return writeTable(["client", ...sizes.map((size) => `${size}, MB`)], rows);
}

function refreshing({ contenders }: Plan): readonly string[] {
  return entrants
    .filter(({ name, refreshes }) => refreshes && contenders.includes(name))
    .map(({ name }) => name);
}
