import { checkCompatibility } from "../../../compatibility/src/check-compatibility.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Compares this SDK with Flagsmith's Node.js client. */
export const run: RunPart = async (_selection, { group }) => {
  group(groupResults("", await checkCompatibility()));
};
