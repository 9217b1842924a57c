import type { RunPart } from "../../src/part.ts";

/** Reports one passed test, and is killed. */
export const run: RunPart = async (_selection, { group }) => {
  group({ name: "", passed: 1, failures: [], skips: [] });
  console.log("last words");
  process.kill(process.pid, "SIGKILL");
  await new Promise(() => undefined);
};
