import type { RunPart } from "../../src/part.ts";

/** Reports one passed test, and leaves a rejection unhandled after the part has ended. */
export const run: RunPart = (_selection, { group }) => {
  group({ name: "", passed: 1, failures: [], skips: [] });
  setTimeout(() => Promise.reject(new Error("rejected after the end")), 50);
};
