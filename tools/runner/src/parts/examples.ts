import { readPacked } from "../../../contract/src/host/packed.ts";
import { runExamples } from "../../../contract/src/host/run-examples.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Runs the projects in `examples/`. */
export const run: RunPart = async (_selection, { group }) => {
  const { consumer } = await readPacked();
  group(groupResults("", await runExamples(consumer)));
};
