import { otherExamples, withCopiedExamples } from "../../../examples/src/copy.ts";
import { runExamples } from "../../../examples/src/run-examples.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Runs copies of the projects in `examples/`, with the packed packages. */
export const run: RunPart = async (_selection, { group }) => {
  group(groupResults("", await withCopiedExamples(otherExamples, runExamples)));
};
