import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ContractResult } from "../contract.ts";

const root = resolve(import.meta.dirname, "../../../..");

/** Every page whose code blocks are tested, relative to the repository. */
export const readmes: readonly string[] = [
  "README.md",
  ...["core", "deno", "edge", "node", "testing"].map((name) => `packages/${name}/README.md`),
  ...readdirSync(join(root, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

/** Per example. They finish within a second on an idle machine. */
const maxRunMs = 60_000;

/** Answers requests to every host but the own machine, so that examples run exactly as printed. */
const preload = `
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { readFileSync } from "node:fs";
const document = JSON.parse(readFileSync("environment.json", "utf8"));
const extraKeys = ["your-environment-key", "ser.your-environment-key"];
const api = createFlagsmithApi({ document, events: true, realtime: true, extraKeys });
const { fetch } = globalThis;
const isLoopback = (url) => new URL(url).hostname === "127.0.0.1";
globalThis.fetch = (url, init) => (isLoopback(url) ? fetch(url, init) : api.fetch(url, init));
`;

/** Runs every JavaScript block against the installed tarballs, each in a process of its own. */
export async function runReadme(consumer: string): Promise<ContractResult[]> {
  const folder = join(consumer, "documentation");
  await mkdir(folder, { recursive: true });
  const document = "tools/recordings/fixtures/environment-document.json";
  await copyFile(join(root, document), join(folder, "environment.json"));
  await writeFile(join(folder, "preload.mjs"), preload);
  const results: ContractResult[] = [];
  for (const page of readmes) {
    const examples = await examplesIn(page, "js");
    const runs = examples.map(async (code, index) => {
      const number = `${index + 1} of ${examples.length}`;
      const script = `${page.replaceAll("/", "-")}-${index + 1}.mjs`;
      await writeFile(join(folder, script), code);
      const failure = await run(folder, script, expectedOutput(code));
      const name = `example ${number} in ${page} runs and prints what it says`;
      return { name, ...(failure !== undefined && { failure }) };
    });
    results.push(...(await Promise.all(runs)));
  }
  return results;
}

/** The code blocks of a page in one language: `js` blocks are run, `ts` blocks are compiled. */
export async function examplesIn(page: string, language: "js" | "ts"): Promise<string[]> {
  const text = await readFile(join(root, page), "utf8");
  const blocks = text.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return Array.from(blocks)
    .filter(([, info]) => info === language)
    .map(([, , code = ""]) => code);
}

/** The lines that an example claims to print: `console.log(…); // line`. */
function expectedOutput(code: string): string[] {
  const logs = code.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm);
  return Array.from(logs, ([, output = ""]) => output);
}

/** Runs an example and compares its output; it may print other lines in between. */
function run(
  folder: string,
  script: string,
  outputs: readonly string[],
): Promise<string | undefined> {
  const args = ["--import", "./preload.mjs", script];
  return new Promise((done) => {
    execFile(
      process.execPath,
      args,
      { cwd: folder, timeout: maxRunMs },
      (error, stdout, stderr) => {
        if (error !== null) return done(`${error.message}\n${stderr}`);
        const lines = stdout.split("\n").filter((line) => outputs.includes(line));
        const isExpected = outputs.length > 0 && lines.join("\n") === outputs.join("\n");
        done(isExpected ? undefined : `it printed ${stdout}, not ${outputs.join(", ")}`);
      },
    );
  });
}
