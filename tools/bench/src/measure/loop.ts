import type { Client, Question } from "../contenders/contender.ts";

/** Who asks and what, another pair in each call. */
export interface Questions {
  readonly subjects: readonly unknown[];
  readonly questions: readonly Question[];
}

/** Puts calls to one client, `count` at a time, and goes on where the last batch stopped. */
export type Batch = (count: number) => Promise<void>;

export interface Round {
  readonly calls: number;
  readonly wallMs: number;
  /** All threads of the process, so that what the garbage collector does beside counts. */
  readonly cpuMs: number;
}

/** Nobody reads it, but it has to be kept: so no call can be optimised away. */
let kept: unknown;

/** Asks one flag per call. */
export function oneFlag(client: Client, { subjects, questions }: Questions): Batch {
  const { evaluate } = client;
  let call = 0;
  return async (count) => {
    for (const end = call + count; call < end; call++) {
      const subject = subjects[call % subjects.length];
      const question = questions[call % questions.length];
      if (question === undefined) throw new Error("There are no questions.");
      kept = client.ask(evaluate === undefined ? subject : await evaluate(subject), question);
    }
  };
}

/** Evaluates all flags per call. */
export function allFlags(client: Client, { subjects }: Questions): Batch {
  const { evaluate } = client;
  const isAsync = client.asksAll === "async";
  let call = 0;
  return async (count) => {
    for (const end = call + count; call < end; call++) {
      const subject = subjects[call % subjects.length];
      const answer = client.askAll(evaluate === undefined ? subject : await evaluate(subject));
      kept = isAsync ? await answer : answer;
    }
  };
}

/** Runs batches of about a millisecond until the time is over. */
export async function measure(batch: Batch, durationMs: number, batchSize: number): Promise<Round> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let calls = 0;
  let wallMs = 0;
  do {
    await batch(batchSize);
    calls += batchSize;
    wallMs = performance.now() - start;
  } while (wallMs < durationMs);
  const { user, system } = process.cpuUsage(cpu);
  return { calls, wallMs, cpuMs: (user + system) / 1000 };
}

/** Warms the calls up and finds how many of them take about a millisecond. */
export async function warmUp(batch: Batch, durationMs: number): Promise<number> {
  let batchSize = 1;
  const end = performance.now() + durationMs;
  do {
    const start = performance.now();
    await batch(batchSize);
    if (performance.now() - start < 0.5) batchSize *= 2;
  } while (performance.now() < end);
  return batchSize;
}

/** Times single calls, in microseconds, until the time is over. */
export async function time(batch: Batch, durationMs: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + durationMs;
  for (let start = performance.now(); start < end; ) {
    await batch(1);
    const now = performance.now();
    times.push((now - start) * 1000);
    start = performance.now();
  }
  return times;
}

/** Whatever was answered last. */
export function lastAnswer(): unknown {
  return kept;
}
