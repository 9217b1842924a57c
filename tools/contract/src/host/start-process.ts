import { execFile } from "node:child_process";
import type { ProcessEndSetup } from "../process-end.ts";
import type { ScriptCommand } from "./run-command.ts";

/** Upper bound against a process that never ends, in milliseconds. */
const limitMs = 180_000;

/** A running script. */
export interface StartedProcess {
  /** Resolves to the standard error once the process has ended by itself; rejects if it fails or is killed. */
  readonly ended: Promise<string>;
  readonly kill: () => void;
}

/** Starts a script in a process of its own. */
export function startProcess(
  { program, args = [], env, script }: ScriptCommand,
  setup: ProcessEndSetup,
): StartedProcess {
  const controller = new AbortController();
  const ended = new Promise<string>((resolve, reject) => {
    const options = {
      env: { ...process.env, ...env },
      timeout: limitMs,
      signal: controller.signal,
    };
    execFile(program, [...args, script, JSON.stringify(setup)], options, (error, _, stderr) => {
      if (error === null) resolve(stderr);
      else reject(error);
    });
  });
  return { ended, kill: () => controller.abort() };
}
