import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { bun, type CommandRuntime, commandFolder, deno, lowestNodeOfExamples } from "runtimes";
import { limitMs } from "./example-responses.ts";

const execute = promisify(execFile);

/** Runtimes of the examples that do not run on Node.js. */
const runtimes: Readonly<Record<string, CommandRuntime>> = { bun, deno };
/** The Node.js versions in the package.json of all other examples. */
const nodeVersions = ">=22.18";

/** Returns the runtime on which the scripts of an example run. */
export function findScriptRuntime(example: string): CommandRuntime {
  return runtimes[example] ?? lowestNodeOfExamples;
}

/** Runs a script of an example on its runtime, or on the lowest Node.js that it names. */
export async function runScript(root: string, example: string, script: string): Promise<void> {
  const folder = join(root, example);
  const runtime = findScriptRuntime(example);
  const { engines } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  if (runtime === lowestNodeOfExamples && engines?.node !== nodeVersions) {
    throw new Error(`The engines of ${example} are not { "node": "${nodeVersions}" }.`);
  }
  // Scripts start Node.js, Bun and Deno by name.
  const path = [dirname(lowestNodeOfExamples.program), commandFolder];
  const options = {
    cwd: folder,
    timeout: limitMs,
    env: {
      ...process.env,
      ...runtime.env,
      PATH: [...path, process.env["PATH"]].join(delimiter),
      NO_COLOR: "1",
      NEXT_TELEMETRY_DISABLED: "1",
      // wrangler would ask Cloudflare for the place of this machine, and report its use.
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_SEND_METRICS: "false",
    },
  };
  await execute(runtime.program, [commands[example] ?? "--run", script], options).catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}`);
  });
}

/** Commands that run a script, other than that of Node.js. */
const commands: Readonly<Record<string, string>> = { bun: "run", deno: "task" };
