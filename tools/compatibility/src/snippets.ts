import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { findPackageCommand } from "../../contract/src/host/node-scripts.ts";
import { createDocument } from "./own-document.ts";

const execute = promisify(execFile);
const folder = resolve(import.meta.dirname, "..");
const officialFolder = join(folder, "snippets");
/** The same programs with another import. Beside the originals, so that they find the same packages. */
const ownFolder = join(folder, ".snippets");

/** Programs that the official client cannot run, because its handlers return models. */
const onlyHere: readonly string[] = ["offline-handler.ts"];

/** Answers every request of a program. */
const preload = `
import { readFileSync } from "node:fs";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
const api = createFlagsmithApi({ document: JSON.parse(readFileSync("environment.json", "utf8")) });
globalThis.fetch = api.fetch;
`;

/** The names of the programs. */
export const snippets: readonly string[] = readdirSync(officialFolder).filter((name) =>
  /\.(ts|mjs)$/.test(name),
);

/** Copies the programs with another import. */
export function copySnippets(): void {
  rmSync(ownFolder, { recursive: true, force: true });
  mkdirSync(ownFolder);
  writeFileSync(join(ownFolder, "environment.json"), JSON.stringify(createDocument()));
  writeFileSync(join(ownFolder, "preload.mjs"), preload);
  const config = { extends: "../tsconfig.json", include: ["*.ts"] };
  writeFileSync(join(ownFolder, "tsconfig.json"), JSON.stringify(config));
  for (const name of snippets) {
    const text = readFileSync(join(officialFolder, name), "utf8");
    const own = text.replace('"flagsmith-nodejs"', '"@flagsmith-isomorphic/node"');
    writeFileSync(join(ownFolder, name), own);
  }
}

/** Runs a program with both clients. @throws Error if its output is another one. */
export async function runSnippet(name: string): Promise<void> {
  if (!onlyHere.includes(name)) await runProgram(join(officialFolder, name));
  await runProgram(join(ownFolder, name));
}

/** A program prints the comments behind its `console.log(…)`. */
async function runProgram(path: string): Promise<void> {
  const logs = readFileSync(path, "utf8").matchAll(/console\.log\(.*\); \/\/ (.+)$/gm);
  const args = ["--import", "./preload.mjs", path];
  const { stdout } = await execute(process.execPath, args, { cwd: ownFolder });
  const lines = new Set(stdout.split("\n"));
  for (const [, line = ""] of logs) {
    if (!lines.has(line)) throw new Error(`${path} did not print "${line}", but ${stdout}`);
  }
}

/** Checks the types of the copied programs. Those of the originals are checked with the tools. */
export async function checkSnippetTypes(): Promise<void> {
  const [program, ...args] = findPackageCommand(resolve(folder, "../runner"), "typescript", "tsc");
  await execute(program, [...args, "--noEmit", "-p", ownFolder]).catch((error) => {
    throw new Error(error.stdout);
  });
}
