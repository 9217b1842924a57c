import type { Client, Question } from "../contenders/contender.ts";
import { Random } from "../workload/random.ts";
import type { Workload } from "../workload/workload.ts";
import type { Questions } from "./loop.ts";

/** A prime, so that the questions do not fall on the same identities in each turn. */
const QUESTIONS = 9973;

/** Everybody who asks, as the client wants them, and flags in random order. */
export function prepareQuestions(workload: Workload, client: Client): Questions {
  const random = new Random(7);
  const flags: readonly Question[] = workload.flags.map(({ name, kind }) => ({ flag: name, kind }));
  return {
    subjects: workload.identities.map((identity) => client.prepare(identity)),
    questions: Array.from({ length: QUESTIONS }, () => random.pick(flags)),
  };
}
