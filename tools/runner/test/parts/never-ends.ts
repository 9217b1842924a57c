import { spawn } from "node:child_process";
import type { RunPart } from "../../src/part.ts";

/** Starts a process that never ends, prints its id, and waits for it. */
export const run: RunPart = async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  console.log(`pid ${child.pid}`);
  await new Promise((resolve) => child.once("exit", resolve));
};
