import { readPacked } from "../../../contract/src/host/packed.ts";
import { runReadme } from "../../../contract/src/host/readme.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Runs the examples in the documentation. */
export const run: RunPart = async (_selection, { group }) => {
  const { consumer } = await readPacked();
  group(groupResults("", await runReadme(consumer)));
};
