import { runInChild } from "../child.ts";
import type { BenchClient } from "../contenders/contender.ts";
import { loadContender } from "../contenders/list.ts";
import { type Batch, measureCpuUs } from "../timing.ts";
import { createWorkload } from "../workload/create-workload.ts";
import { Random } from "../workload/random.ts";
import type { Workload, WorkloadName } from "../workload/workload.ts";
import type { Plan, Section } from "./section.ts";

interface EvaluationTask extends Pick<Plan, "contenders" | "isQuick"> {
  readonly workload: WorkloadName;
  readonly call: "one flag" | "all flags";
}

/** Measures local evaluation: one flag per call, and all flags per call. */
export async function measureEvaluations({
  workloads,
  contenders,
  isQuick,
}: Plan): Promise<Section> {
  const columns = [];
  for (const call of ["one flag", "all flags"] as const) {
    for (const workload of workloads) {
      const task: EvaluationTask = { workload, contenders, call, isQuick };
      const values = await runInChild(import.meta.url, measureEvaluation, task, ["--expose-gc"]);
      columns.push({ title: `${call} ${workload}`, values });
    }
  }
  return {
    title: "Local evaluation",
    explanation: `CPU µs per call, with another identity and another flag in each call. "This SDK" is \`await getIdentityFlags()\`,
its snapshot \`snapshot.identityFlags()\`.`,
    columns,
  };
}

/** Runs in a child process. */
export async function measureEvaluation({
  workload: name,
  contenders,
  call,
  isQuick,
}: EvaluationTask): Promise<Record<string, number>> {
  const batches = new Map<string, Batch>();
  for (const contender of contenders) {
    const { configure, open } = await loadContender(contender);
    const workload = createWorkload(name);
    const client = await open(configure(workload));
    const createBatch = call === "one flag" ? createOneFlagBatch : createAllFlagsBatch;
    batches.set(contender, createBatch(client, workload));
  }
  // Otherwise the last client is measured while its objects are still in the young generation.
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const results = await measureCpuUs(batches, {
    rounds: isQuick ? 2 : 6,
    roundMs: isQuick ? 50 : 200,
    minCalls: 1,
  });
  if (lastResult === undefined) throw new Error("No contender returned a result.");
  return results;
}

/** Keeps results alive, so that no call is optimised away. */
let lastResult: unknown;

/** A prime number, so that flags and identities form new pairs each time the list repeats. */
const listedFlagCount = 9973;

function createOneFlagBatch(client: BenchClient, { identities, flags }: Workload): Batch {
  const random = new Random(7);
  const subjects = identities.map((identity) => client.prepare(identity));
  const allFlags = flags.map(({ name, kind }) => ({ name, kind }));
  const listedFlags = Array.from({ length: listedFlagCount }, () => random.pick(allFlags));
  let next = 0;
  return async (calls) => {
    for (const end = next + calls; next < end; next++) {
      const subject = subjects[next % subjects.length];
      const flag = listedFlags[next % listedFlagCount];
      if (flag === undefined) throw new Error("The workload has no flags.");
      const evaluated = client.evaluate ? await client.evaluate(subject) : subject;
      lastResult = client.readFlag(evaluated, flag);
    }
  };
}

function createAllFlagsBatch(client: BenchClient, { identities }: Workload): Batch {
  const subjects = identities.map((identity) => client.prepare(identity));
  let next = 0;
  return async (calls) => {
    for (const end = next + calls; next < end; next++) {
      const subject = subjects[next % subjects.length];
      const evaluated = client.evaluate ? await client.evaluate(subject) : subject;
      const count = client.countFlags(evaluated);
      lastResult = count instanceof Promise ? await count : count;
    }
  };
}
