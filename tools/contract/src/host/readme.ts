import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ContractResult } from "../contract.ts";

const root = resolve(import.meta.dirname, "../../../..");
/** Every README with examples. */
export const readmes: readonly string[] = [
  "README.md",
  ...["core", "deno", "edge", "node", "testing"].map((name) => `packages/${name}/README.md`),
];
/** Generous: the examples have nothing to wait for. */
const limitMs = 20_000;

/** Answers every origin, so that the examples can be run as they are printed. */
const preload = `
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { readFileSync } from "node:fs";
const document = JSON.parse(readFileSync(process.env.RECORDED_DOCUMENT, "utf8"));
const api = createFlagsmithApi({ document, events: true, extraKeys: ["your-environment-key", "ser.your-environment-key"] });
globalThis.fetch = api.fetch;
`;

/** Runs each example in JavaScript against the installed tarballs. */
export async function runReadme(consumer: string): Promise<ContractResult[]> {
  await writeFile(join(consumer, "preload.mjs"), preload);
  const results: ContractResult[] = [];
  for (const readme of readmes) {
    const examples = await examplesIn(readme, "js");
    for (const [index, code] of examples.entries()) {
      const path = join(consumer, `readme-${results.length + 1}.mjs`);
      await writeFile(path, code);
      const failure = await run(consumer, path, outputsIn(code));
      const name = `example ${index + 1} of ${examples.length} in ${readme} runs and prints what it says`;
      results.push({ name, ...(failure !== undefined && { failure }) });
    }
  }
  return results;
}

/** The code blocks of a README in one language. */
export async function examplesIn(readme: string, language: "js" | "ts"): Promise<string[]> {
  const text = await readFile(join(root, readme), "utf8");
  const blocks = text.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return Array.from(blocks)
    .filter(([, info]) => info === language)
    .map(([, , code = ""]) => code);
}

/** What an example says that it prints: `console.log(…); // this`. */
function outputsIn(code: string): string[] {
  const logs = code.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm);
  return Array.from(logs, ([, output = ""]) => output);
}

/** Runs an example; it may also print more in between. */
function run(
  consumer: string,
  path: string,
  outputs: readonly string[],
): Promise<string | undefined> {
  const document = resolve(
    import.meta.dirname,
    "../../../recordings/fixtures/environment-document.json",
  );
  const env = { ...process.env, RECORDED_DOCUMENT: document };
  const args = ["--import", join(consumer, "preload.mjs"), path];
  return new Promise((done) => {
    execFile(process.execPath, args, { env, timeout: limitMs }, (error, stdout, stderr) => {
      if (error !== null) return done(`${error.message}\n${stderr}`);
      const lines = stdout.split("\n").filter((line) => outputs.includes(line));
      const isAsSaid = outputs.length > 0 && lines.join("\n") === outputs.join("\n");
      done(isAsSaid ? undefined : `it printed ${stdout}, not ${outputs.join(", ")}`);
    });
  });
}
