import { otherExamples, withCopiedExamples } from "../../../examples/src/copy.ts";
import { runNewcomerPath } from "../../../examples/src/newcomer.ts";
import { runExamples } from "../../../examples/src/run-examples.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Runs copies of the projects in `examples/`, with the packed packages, and the first steps of a newcomer. */
export const run: RunPart = async (_selection, { group }) => {
  group(groupResults("projects", await withCopiedExamples(otherExamples, runExamples)));
  group(groupResults("newcomer", await runNewcomerPath()));
};
