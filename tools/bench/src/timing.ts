import { Bench } from "tinybench";
import { Random } from "./workload/random.ts";

/** Performs a number of calls. */
export type Batch = (calls: number) => Promise<void>;

/** Reads the CPU time of the process in milliseconds. It includes all threads, so garbage collection counts. */
function readCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Measures the CPU time of a call in milliseconds: the mean of at least five calls without warm-up. */
export async function measureColdCpuMs(
  call: () => Promise<void>,
  durationMs: number,
): Promise<number> {
  const bench = createBench(durationMs, 5).add("call", call, { async: true });
  await bench.run();
  return readMeanMs(bench, "call");
}

/**
 * Measures contenders in turns in this process, so that a disturbance affects all of them. Each round has another order,
 * because a contender also pays for the garbage of the one before it.
 *
 * @returns the CPU time of a call in microseconds for each contender, from its best round.
 */
export async function measureCpuUs(
  contenders: ReadonlyMap<string, Batch>,
  { rounds, roundMs, minCalls }: { rounds: number; roundMs: number; minCalls: number },
): Promise<Record<string, number>> {
  const warm: { name: string; batch: Batch; calls: number }[] = [];
  for (const [name, batch] of contenders) {
    warm.push({ name, batch, calls: await warmUp(batch, minCalls, roundMs) });
  }
  const order = new Random(1);
  const best: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    const bench = createBench(roundMs, 1);
    for (const { name, batch, calls } of order.shuffle(warm)) {
      bench.add(name, () => batch(calls), { async: true });
    }
    await bench.run();
    for (const { name, calls } of warm) {
      const us = (readMeanMs(bench, name) * 1000) / calls;
      best[name] = Math.min(best[name] ?? us, us);
    }
  }
  return best;
}

function createBench(time: number, iterations: number): Bench {
  return new Bench({ now: readCpuMs, time, iterations, warmup: false, throws: true });
}

function readMeanMs(bench: Bench, name: string): number {
  const result = bench.getTask(name)?.result;
  if (result?.state !== "completed") throw new Error(`${name} was not measured.`);
  return result.latency.mean;
}

/**
 * Warms up a contender and finds how many calls take 0.5 to 1 ms.
 *
 * tinybench times each run of a function by itself. Most calls are shorter than the resolution of the CPU time, so the
 * function runs a batch of calls.
 */
async function warmUp(batch: Batch, minCalls: number, durationMs: number): Promise<number> {
  let calls = minCalls;
  const endMs = readCpuMs() + durationMs;
  for (let startMs = readCpuMs(); startMs < endMs; ) {
    await batch(calls);
    const nowMs = readCpuMs();
    if (nowMs - startMs < 0.5) calls *= 2;
    startMs = nowMs;
  }
  return calls;
}
