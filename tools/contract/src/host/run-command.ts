import { spawn } from "node:child_process";
import type { ContractResult } from "../contract.ts";
import { withServedApis } from "./served-apis.ts";

/** Generous: all of the suite's waits together. */
const runLimitMs = 180_000;
/** Generous: a process that has nothing more to do ends at once. */
const exitLimitMs = 5_000;

/** A command line that runs a script: `program ...args script`. */
export interface ScriptCommand {
  readonly program: string;
  readonly args?: readonly string[];
  /** What its environment has besides our own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly script: string;
}

/** Runs a suite script in a runtime of its own, against APIs of its own. */
export function runSuiteScript(
  command: ScriptCommand,
  corporaUrl: string | undefined,
): Promise<ContractResult[]> {
  return withServedApis(corporaUrl, (setup) => runScript(command, setup));
}

/** The results that the script prints in its last line, and whether it then ended by itself. */
export function runScript(
  { program, args = [], env, script }: ScriptCommand,
  setup: object,
): Promise<ContractResult[]> {
  const child = spawn(program, [...args, script, JSON.stringify(setup)], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  let killed = "";
  const kill = (reason: string) => () => {
    killed = reason;
    child.kill("SIGKILL");
  };
  const limit = setTimeout(kill(`still running after ${runLimitMs} ms`), runLimitMs);
  let exitLimit: NodeJS.Timeout | undefined;
  child.stdout.on("data", (chunk) => {
    output += chunk;
    if (output.endsWith("]\n")) {
      exitLimit = setTimeout(
        kill(`still alive ${exitLimitMs} ms after its last line`),
        exitLimitMs,
      );
    }
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(limit);
      clearTimeout(exitLimit);
      const failure = killed || (code === 0 ? "" : `exit code ${code}`);
      const exit = { name: "the process ends by itself", ...(failure !== "" && { failure }) };
      resolve([...resultsIn(output), exit]);
    });
  });
}

function resultsIn(output: string): ContractResult[] {
  try {
    return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "");
  } catch {
    return [{ name: "the suite runs to its end", failure: `it printed: ${output}` }];
  }
}
