import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * Runs an exported function of a module in a new process, so that its code is optimised for its own work only.
 *
 * @param moduleUrl - `import.meta.url` of the module that exports `run`.
 * @returns what `run` returns, copied as JSON.
 * @throws Error if the process ends without a result. Its own error is on stderr.
 */
export function runInChild<Task, Result>(
  moduleUrl: string,
  run: (task: Task) => Promise<Result>,
  task: Task,
  execArgv: string[] = [],
): Promise<Result> {
  const main = fileURLToPath(new URL("child-main.ts", import.meta.url));
  const child = fork(main, [moduleUrl, run.name, JSON.stringify(task)], {
    execArgv: [...process.execArgv, ...execArgv],
  });
  return new Promise((resolve, reject) => {
    child.on("message", (message) => resolve((message as { result: Result }).result));
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${run.name} ended with code ${code}.`)));
  });
}
