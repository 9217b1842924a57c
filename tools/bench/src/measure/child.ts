import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs a file of this folder in a process of its own, and returns what it reports. */
export function runChild<Task, Result>(
  file: string,
  task: Task,
  execArgv: readonly string[] = [],
): Promise<Result> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return new Promise((done, fail) => {
    const child = fork(path, [JSON.stringify(task)], { execArgv: [...execArgv] });
    let result: { readonly value: Result } | undefined;
    child.on("message", (message) => {
      result = message as { readonly value: Result };
    });
    child.on("error", fail);
    child.on("exit", (code) => {
      if (result === undefined) fail(new Error(`${file} reported nothing and ended with ${code}.`));
      else done(result.value);
    });
  });
}

/** In the process of {@link runChild}: does the task, reports the result to the parent and ends. */
export async function serveChild<Task, Result>(
  work: (task: Task) => Promise<Result>,
): Promise<void> {
  const value = await work(JSON.parse(process.argv[2] ?? "null") as Task);
  // Clients may hold timers and sockets; nothing after the report matters.
  process.send?.({ value }, () => process.exit(0));
}
