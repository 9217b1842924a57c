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
      const failure = await run(consumer, path);
      const name = `example ${index + 1} of ${examples.length} in ${readme} runs and prints something`;
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

function run(consumer: string, path: string): Promise<string | undefined> {
  const document = resolve(
    import.meta.dirname,
    "../../../recordings/fixtures/environment-document.json",
  );
  const env = { ...process.env, RECORDED_DOCUMENT: document };
  const args = ["--import", join(consumer, "preload.mjs"), path];
  return new Promise((done) => {
    execFile(process.execPath, args, { env, timeout: limitMs }, (error, stdout, stderr) => {
      if (error !== null) done(`${error.message}\n${stderr}`);
      else done(stdout.trim() === "" ? "it printed nothing" : undefined);
    });
  });
}
