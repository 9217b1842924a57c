import { setTimeout as wait } from "node:timers/promises";
import type { RunPart } from "../../src/part.ts";

/** Throws outside its own promise, and then reports one passed test. */
export const run: RunPart = async (_selection, { group }) => {
  setTimeout(() => {
    throw new Error("thrown by a timer");
  });
  await wait(10);
  group({ name: "", passed: 1, failures: [], skips: [] });
};
