import { setTimeout as wait } from "node:timers/promises";
import type { RunPart } from "../../src/part.ts";

/** Leaves two rejections unhandled, and then reports one passed test. */
export const run: RunPart = async (_selection, { group }) => {
  void Promise.reject(new Error("first unhandled rejection"));
  void Promise.reject(new Error("second unhandled rejection"));
  await wait(10);
  group({ name: "", passed: 1, failures: [], skips: [] });
};
