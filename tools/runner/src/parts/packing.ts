import { pack } from "../../../contract/src/host/packed.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Packs the packages and installs the tarballs. */
export const run: RunPart = async (_selection, { group }) => {
  await pack();
  group(groupResults("", [{ name: "the packages can be packed and installed" }]));
};
