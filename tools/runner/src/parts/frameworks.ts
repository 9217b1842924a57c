import { frameworkExamples, withCopiedExamples } from "../../../examples/src/copy.ts";
import { runFrameworkExamples } from "../../../examples/src/run-examples.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Builds and runs copies of the examples for Next.js, Nitro and SvelteKit, with the packed packages. */
export const run: RunPart = async (_selection, { group }) => {
  group(groupResults("", await withCopiedExamples(frameworkExamples, runFrameworkExamples)));
};
