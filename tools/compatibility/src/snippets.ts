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

/**
 * Runs the programs of Flagsmith's documentation, and those that use its client in the usual ways, with both clients.
 * Only the import differs. The types are checked with both, too.
 */
export async function checkSnippets(): Promise<boolean> {
  const names = readdirSync(officialFolder).filter((name) => /\.(ts|mjs)$/.test(name));
  rmSync(ownFolder, { recursive: true, force: true });
  mkdirSync(ownFolder);
  writeFileSync(join(ownFolder, "environment.json"), JSON.stringify(createDocument()));
  writeFileSync(join(ownFolder, "preload.mjs"), preload);
  const config = { extends: "../tsconfig.json", include: ["*.ts"] };
  writeFileSync(join(ownFolder, "tsconfig.json"), JSON.stringify(config));
  for (const name of names) {
    const text = readFileSync(join(officialFolder, name), "utf8");
    const own = text.replace('"flagsmith-nodejs"', '"@flagsmith-isomorphic/node"');
    writeFileSync(join(ownFolder, name), own);
  }
  const failures: string[] = [];
  for (const name of names) {
    const programs = onlyHere.includes(name) ? [ownFolder] : [officialFolder, ownFolder];
    for (const program of programs) failures.push(...(await runProgram(join(program, name))));
  }
  failures.push(...(await checkTypes()));
  console.log(`programs for Flagsmith's Node.js client: ${names.length} with another import`);
  for (const failure of failures) console.log(`  FAILED ${failure}`);
  return failures.length === 0;
}

/** Runs a program. It prints the comments behind its `console.log(…)`. */
async function runProgram(path: string): Promise<string[]> {
  const logs = readFileSync(path, "utf8").matchAll(/console\.log\(.*\); \/\/ (.+)$/gm);
  const expected = Array.from(logs, ([, line = ""]) => line);
  const args = ["--import", "./preload.mjs", path];
  try {
    const { stdout } = await execute(process.execPath, args, { cwd: ownFolder });
    const lines = new Set(stdout.split("\n"));
    return expected
      .filter((line) => !lines.has(line))
      .map((line) => `${path} did not print "${line}", but ${stdout}`);
  } catch (error) {
    return [`${path}: ${error instanceof Error ? error.message : error}`];
  }
}

async function checkTypes(): Promise<string[]> {
  const [program, ...args] = findPackageCommand(resolve(folder, "../runner"), "typescript", "tsc");
  try {
    await execute(program, [...args, "--noEmit", "-p", ownFolder]);
    return [];
  } catch (error) {
    return [String((error as { readonly stdout?: unknown }).stdout ?? error)];
  }
}
