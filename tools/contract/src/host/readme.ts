import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import type { Request } from "miniflare";
import { environmentDocument } from "recordings";
import { type ContractResult, runCases } from "../contract.ts";
import { bundleExample } from "./bundle-example.ts";
import { findWorkerdUnavailability } from "./workerd-availability.ts";

const execute = promisify(execFile);
const root = resolve(import.meta.dirname, "../../../..");

/** Every page whose code blocks are tested, relative to the repository. */
export const readmes: readonly string[] = [
  "README.md",
  ...["cli", "core", "deno", "edge", "node", "openfeature", "sdk", "testing", "vercel-flags"].map(
    (name) => `packages/${name}/README.md`,
  ),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

/** Blocks in these languages are text. A block in any other language is an error. */
const untested: readonly string[] = ["sh", "json", "mermaid", "text"];

/** The keys that the examples use. */
const extraKeys: readonly string[] = ["your-environment-key", "ser.your-environment-key"];

/** Answers requests to every host but the own machine, so that examples run exactly as printed. */
const preload = `
import { readFileSync } from "node:fs";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
const document = JSON.parse(readFileSync("environment.json", "utf8"));
const extraKeys = ${JSON.stringify(extraKeys)};
const api = createFlagsmithApi({ document, events: true, extraKeys });
const { fetch } = globalThis;
const isLoopback = (url) => new URL(url).hostname === "127.0.0.1";
globalThis.fetch = (url, init) => (isLoopback(url) ? fetch(url, init) : api.fetch(url, init));
`;

/** Runs every block in JavaScript and every Worker against the installed tarballs. */
export async function runReadme(consumer: string): Promise<ContractResult[]> {
  const folder = join(consumer, "documentation");
  await mkdir(folder, { recursive: true });
  const document = JSON.stringify(environmentDocument);
  await writeFile(join(folder, "environment.json"), document);
  await writeFile(join(folder, "preload.mjs"), preload);
  const unavailability = findWorkerdUnavailability();
  const results: ContractResult[] = [];
  for (const page of readmes) {
    const scripts = await examplesIn(page, "js");
    const workers = (await examplesIn(page, "ts")).filter((code) => code.includes("fetch("));
    const pageResults = await runCases([
      { name: `every code block in ${page} is tested or known as text`, run: () => check(page) },
      ...scripts.map((code, index) => ({
        name: `example ${index + 1} of ${scripts.length} in ${page} runs and prints what it says`,
        run: () => runScript(folder, `${page.replaceAll("/", "-")}-${index + 1}.mjs`, code),
      })),
      ...workers.map((code, index) => ({
        name: `Worker ${index + 1} of ${workers.length} in ${page} answers`,
        ...(unavailability !== undefined && { skipReason: unavailability }),
        run: () => runWorker(consumer, code),
      })),
    ]);
    results.push(...pageResults);
  }
  return results;
}

/** The code blocks of a page in one language: `js` blocks are run, `ts` blocks are compiled. */
export async function examplesIn(page: string, language: "js" | "ts"): Promise<string[]> {
  const blocks = await blocksIn(page);
  return blocks.filter((block) => block.language === language).map(({ code }) => code);
}

async function blocksIn(page: string) {
  const text = await readFile(join(root, page), "utf8");
  const blocks = text.matchAll(/^ *```([^\n]*)\n(.*?)^ *```$/gms);
  return Array.from(blocks, ([, language = "", code = ""]) => ({ language, code }));
}

/** Without this check, a block with a misspelt language would never be tested. @throws Error */
async function check(page: string): Promise<void> {
  for (const { language } of await blocksIn(page)) {
    if (["js", "ts", ...untested].includes(language)) continue;
    throw new Error(`${page} has a block in ${JSON.stringify(language)}: use js, ts or text`);
  }
}

/** Runs an example and compares its output. It may print other lines in between. @throws Error */
async function runScript(folder: string, script: string, code: string): Promise<void> {
  await writeFile(join(folder, script), code);
  const args = ["--import", "./preload.mjs", script];
  const { stdout } = await execute(process.execPath, args, { cwd: folder });
  const expected = expectedOutput(code);
  const lines = stdout.split("\n").filter((line) => expected.includes(line));
  if (expected.length > 0 && lines.join("\n") === expected.join("\n")) return;
  throw new Error(`it printed ${stdout}, not ${expected.join(", ")}`);
}

/** The lines that an example claims to print: `console.log(…); // line`. */
function expectedOutput(code: string): string[] {
  const logs = code.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm);
  return Array.from(logs, ([, output = ""]) => output);
}

/** Runs a Worker in workerd, with an API behind its `fetch`, and sends it one request. @throws Error */
async function runWorker(consumer: string, code: string): Promise<void> {
  // Miniflare cannot be imported where workerd is not available.
  const { Miniflare, Response } = await import("miniflare");
  const api = createFlagsmithApi({ document: environmentDocument, extraKeys });
  const miniflare = new Miniflare({
    cf: false,
    modules: true,
    script: await bundleExample({
      stdin: { contents: code, resolveDir: consumer, loader: "ts" },
      format: "esm",
      external: ["cloudflare:workers", "node:events", "async_hooks"],
    }),
    compatibilityDate: "2026-07-01",
    ...(code.includes("@openfeature/") && { compatibilityFlags: ["nodejs_compat"] }),
    bindings: {
      FLAGSMITH_ENVIRONMENT_KEY: "ser.your-environment-key",
      FLAGSMITH_WEBHOOK_SECRET: "a secret",
      OFREP_TOKEN: "a-token",
    },
    kvNamespaces: ["FLAGS"],
    // Warnings about the recorded document, which has broken segments on purpose.
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      stdout.resume();
      stderr.resume();
    },
    outboundService: async (request: Request) => {
      const { url, method, headers } = request;
      const body = method === "GET" ? null : await request.text();
      const answer = await api.fetch(url, { method, headers: Object.fromEntries(headers), body });
      return new Response(await answer.text(), { status: answer.status });
    },
  });
  try {
    const answer = await miniflare.dispatchFetch("http://worker/");
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  } finally {
    await miniflare.dispose();
  }
}
