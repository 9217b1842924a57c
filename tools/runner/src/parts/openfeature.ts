import { readPacked } from "../../../contract/src/host/packed.ts";
import { runOpenFeature } from "../../../openfeature/src/run-openfeature.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Runs OpenFeature's own scenarios. */
export const run: RunPart = async (_selection, { group }) => {
  const { consumer } = await readPacked();
  group(groupResults("", await runOpenFeature(consumer)));
};
