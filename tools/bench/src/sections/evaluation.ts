import type { Plan } from "../command-line.ts";
import { OFFICIAL } from "../contenders/list.ts";
import { runChild } from "../measure/child.ts";
import type { LocalResult, LocalTask } from "../measure/local.ts";
import { writeTable } from "../table.ts";
import type { Size } from "../workload/workload.ts";

/** Local evaluation of one flag per call, or of all flags. */
export async function writeEvaluation(
  { contenders, isQuick }: Plan,
  size: Size,
  ask: "one" | "all",
): Promise<string> {
  const task: LocalTask = {
    size,
    contenders,
    ask,
    rounds: isQuick ? 2 : 6,
    roundMs: isQuick ? 50 : 200,
  };
  const results = await runChild<LocalTask, LocalResult[]>("local.ts", task);
  const cpuOf = (name: string) => results.find(({ contender }) => contender === name)?.cpuUs ?? NaN;
  const rows = results.map(({ contender, cpuUs, medianPerSecond, p50Us, p99Us }) => [
    contender,
    cpuUs,
    cpuOf(OFFICIAL) / cpuUs,
    cpuUs / cpuOf("floor"),
    cpuUs / cpuOf("flagd-core"),
    medianPerSecond,
    ...(ask === "one" ? [p50Us, p99Us] : []),
  ]);
  const columns = ["client", "CPU µs", "× official", "÷ floor", "÷ flagd", "calls/s median"];
  return writeTable([...columns, ...(ask === "one" ? ["p50 µs", "p99 µs"] : [])], rows);
}
