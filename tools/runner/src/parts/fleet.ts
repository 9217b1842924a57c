import { readFleetPlan } from "../../../contract/src/fleet/host/fleet-plan.ts";
import { runFleet } from "../../../contract/src/fleet/host/run-fleet.ts";
import { readPacked } from "../../../contract/src/host/packed.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Runs the test of processes with one Redis. */
export const run: RunPart = async (_selection, { group }) => {
  const { consumer } = await readPacked();
  group(groupResults("", await runFleet(consumer, readFleetPlan(process.env))));
};
