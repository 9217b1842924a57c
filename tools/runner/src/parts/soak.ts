import { readPacked } from "../../../contract/src/host/packed.ts";
import { runSoak, soakPlan } from "../../../contract/src/soak/host/run-soak.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Evaluates flags while the API fails at random. */
export const run: RunPart = async (_selection, { group }) => {
  const { consumer } = await readPacked();
  group(groupResults("", await runSoak(consumer, soakPlan(process.env))));
};
