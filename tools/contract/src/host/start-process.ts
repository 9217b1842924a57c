import { execFile } from "node:child_process";
import type { ProcessEndSetup } from "../process-end.ts";
import type { ScriptCommand } from "./run-command.ts";

/** A script that runs as a process of its own. */
export interface StartedProcess {
  /** What it wrote to its standard error, once it has ended by itself; rejected where it does not. */
  readonly ended: Promise<string>;
  /** Ends it, which rejects the promise. */
  readonly kill: () => void;
}

/** Starts a script, and kills it when its time is up. */
export function startProcess(
  { program, args = [], env, script }: ScriptCommand,
  setup: ProcessEndSetup,
  limitMs: number,
): StartedProcess {
  const started = new AbortController();
  const ended = new Promise<string>((resolve, reject) => {
    const options = {
      env: { ...process.env, ...env },
      timeout: limitMs,
      signal: started.signal,
    };
    execFile(program, [...args, script, JSON.stringify(setup)], options, (error, _, stderr) => {
      if (error === null) resolve(stderr);
      else reject(error);
    });
  });
  return { ended, kill: () => started.abort() };
}
