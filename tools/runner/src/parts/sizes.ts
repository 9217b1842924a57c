import { checkSizes } from "../../../contract/src/host/sizes.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Measures and checks bundles for isolates. */
export const run: RunPart = async (_selection, { group }) => {
  group(groupResults("", await checkSizes()));
};
