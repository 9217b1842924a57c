import type { RunPart } from "../../src/part.ts";

/** Reports one passed test, and then rejects. */
export const run: RunPart = async (_selection, { group }) => {
  group({ name: "", passed: 1, failures: [], skips: [] });
  throw new Error("rejected by the part");
};
