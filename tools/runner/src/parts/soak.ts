import { readPacked } from "../../../contract/src/host/packed.ts";
import { readSoakPlan, runSoak } from "../../../contract/src/soak/host/run-soak.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Runs the soak test. */
export const run: RunPart = async (_selection, { group }) => {
  const { consumer } = await readPacked();
  group(groupResults("", await runSoak(consumer, readSoakPlan(process.env))));
};
