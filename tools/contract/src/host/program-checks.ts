import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { environmentDocument } from "recordings";
import { bun, type CommandRuntime, commandRuntimes } from "runtimes";
import { type ContractResult, runCases } from "../contract.ts";
import type { PackedPackage } from "./packed.ts";

/** Without the settings of the machine. */
const env = { PATH: process.env["PATH"], HOME: "/nonexistent" };

/** Runs the commands of the tarballs, as they are installed, on the lowest and the highest Node.js and on Bun. */
export function checkPrograms(packages: readonly PackedPackage[]): Promise<ContractResult[]> {
  const [lowest] = commandRuntimes;
  const highest = commandRuntimes.filter(({ id }) => id !== bun.id).at(-1);
  const runtimes = [...new Set([lowest, highest, bun])].filter(
    (runtime) => runtime !== undefined && existsSync(runtime.program),
  ) as CommandRuntime[];
  return runCases(
    packages
      .filter(({ isProgram }) => isProgram)
      .flatMap(({ name, folder }) =>
        runtimes.map((runtime) => ({
          name: `the command of ${name} evaluates a document on ${runtime.name}`,
          run: () => expectFlags(runtime, folder),
        })),
      ),
  );
}

/** @throws Error if the command does not print the flag of the document */
async function expectFlags({ program }: CommandRuntime, folder: string): Promise<void> {
  const { bin } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const [script = ""] = Object.values<string>(bin);
  const command = ["evaluate", "max_items", "--identity", "alice", "--document", "-", "--json"];
  const output = await new Promise<string>((done, fail) => {
    const child = execFile(
      program,
      [join(folder, script), ...command],
      { env, timeout: 60_000 },
      (error, stdout) => (error === null ? done(stdout) : fail(error)),
    );
    child.stdin?.end(JSON.stringify(environmentDocument));
  });
  const { flags } = JSON.parse(output);
  if (flags.length === 1 && flags[0].value === 99) return;
  throw new Error(`it printed ${output}`);
}
