import type { RunPart } from "../../src/part.ts";

/** Reports one passed test. */
export const run: RunPart = (_selection, { group, progress }) => {
  progress("half way");
  console.log("output of a part");
  group({ name: "", passed: 1, failures: [], skips: [] });
};
