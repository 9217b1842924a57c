import { loadContender } from "../contenders/list.ts";
import { createWorkload } from "../workload/create-workload.ts";
import type { Size } from "../workload/workload.ts";
import { serveChild } from "./child.ts";
import {
  allFlags,
  type Batch,
  lastAnswer,
  measure,
  oneFlag,
  type Round,
  time,
  warmUp,
} from "./loop.ts";
import { prepareQuestions } from "./questions.ts";
import { median, quantile } from "./statistics.ts";

export interface LocalTask {
  readonly size: Size;
  readonly contenders: readonly string[];
  readonly ask: "one" | "all";
  readonly rounds: number;
  readonly roundMs: number;
}

export interface LocalResult {
  readonly contender: string;
  readonly cpuUs: number;
  readonly medianPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

interface Runner {
  readonly contender: string;
  readonly batch: Batch;
  readonly batchSize: number;
  readonly rounds: Round[];
  readonly timesUs: number[];
}

/** Lets the contenders take turns in one process, so that what disturbs one of them disturbs all. */
await serveChild(async (task: LocalTask): Promise<LocalResult[]> => {
  const runners: Runner[] = [];
  for (const name of task.contenders) runners.push(await start(name, task));
  for (let round = 0; round < task.rounds; round++) {
    for (const { batch, batchSize, rounds } of runners) {
      rounds.push(await measure(batch, task.roundMs, batchSize));
    }
  }
  for (let round = 0; round < task.rounds; round++) {
    for (const { batch, timesUs } of runners) {
      for (const us of await time(batch, task.roundMs / 2)) timesUs.push(us);
    }
  }
  if (lastAnswer() === undefined) throw new Error("Nobody answered anything.");
  return runners.map(summarise);
});

async function start(name: string, { size, ask, roundMs }: LocalTask): Promise<Runner> {
  const contender = await loadContender(name);
  const workload = createWorkload(size);
  const client = await contender.load(contender.configure(workload));
  const questions = prepareQuestions(workload, client);
  const batch = ask === "one" ? oneFlag(client, questions) : allFlags(client, questions);
  const batchSize = await warmUp(batch, roundMs);
  return { contender: name, batch, batchSize, rounds: [], timesUs: [] };
}

function summarise({ contender, rounds, timesUs }: Runner): LocalResult {
  return {
    contender,
    cpuUs: Math.min(...rounds.map(({ cpuMs, calls }) => (cpuMs * 1000) / calls)),
    medianPerSecond: median(rounds.map(({ wallMs, calls }) => (calls * 1000) / wallMs)),
    p50Us: median(timesUs),
    p99Us: quantile(timesUs, 0.99),
  };
}
