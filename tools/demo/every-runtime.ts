import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { EdgeRuntime } from "edge-runtime";
import { type BuildOptions, build } from "esbuild";
import { Miniflare } from "miniflare";
import { type CommandRuntime, commandRuntimes, deno } from "runtimes";
import type { Answer, Question } from "./ask.ts";

const execute = promisify(execFile);
/** Beside the packages, so that bundles find them; ignored by git. */
const folder = join(import.meta.dirname, "node_modules/.demo");

/** Asks on every runtime, by the adapter for it. */
export async function askEveryRuntime(
  question: Question,
): Promise<ReadonlyMap<string, readonly Answer[]>> {
  const answers = new Map<string, readonly Answer[]>();
  const forNode = await bundleToFile("node", {
    platform: "node",
    external: ["@flagsmith-isomorphic/*"],
  });
  for (const runtime of commandRuntimes) {
    answers.set(runtime.name, await runCommand(runtime, forNode, question));
  }
  const forDeno = await bundleToFile("deno", { conditions: ["deno", "import"] });
  const { host, hostname } = new URL(question.apiUrl);
  const allowed = { ...deno, args: [...(deno.args ?? []), `--allow-net=${host},${hostname}`] };
  answers.set(deno.name, await runCommand(allowed, forDeno, question));
  answers.set("workerd", await askWorkerd(question));
  answers.set("edge-runtime", await askEdgeRuntime(question));
  return answers;
}

async function runCommand(
  { program, args = [], env }: CommandRuntime,
  script: string,
  question: Question,
): Promise<Answer[]> {
  const options = { env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
  const running = execute(program, [...args, script], options);
  // One that ends before it has read its question says why itself.
  running.child.stdin?.on("error", () => undefined);
  // Not on the command line: everybody may read that, and the error of one that fails repeats it.
  running.child.stdin?.end(JSON.stringify(question));
  return JSON.parse((await running).stdout);
}

async function askWorkerd(question: Question): Promise<Answer[]> {
  const worker = new Miniflare({
    modules: true,
    script: await bundleForIsolate("workerd", "esm"),
    compatibilityDate: "2026-07-01",
    cf: false,
  });
  try {
    const response = await worker.dispatchFetch("http://worker/", post(question));
    return JSON.parse(await response.text());
  } finally {
    await worker.dispose();
  }
}

async function askEdgeRuntime(question: Question): Promise<Answer[]> {
  const initialCode = await bundleForIsolate("edge-runtime", "iife");
  const response = await new EdgeRuntime({ initialCode }).dispatchFetch(
    "http://edge/",
    post(question),
  );
  return JSON.parse(await response.text());
}

function post(question: Question): { readonly method: "POST"; readonly body: string } {
  return { method: "POST", body: JSON.stringify(question) };
}

function optionsFor(name: string): BuildOptions {
  return {
    entryPoints: [join(import.meta.dirname, "runtimes", `${name}.ts`)],
    bundle: true,
    platform: "neutral",
    mainFields: ["module", "main"],
    format: "esm",
    target: "es2022",
    // Bundling for another runtime warns of imports that it leaves bare, which is meant.
    logLevel: "error",
  };
}

async function bundleToFile(name: string, options: BuildOptions): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  await build({ ...optionsFor(name), ...options, outfile });
  return outfile;
}

async function bundleForIsolate(name: string, format: "esm" | "iife"): Promise<string> {
  const conditions = ["workerd", "worker", "browser", "import"];
  const options = { ...optionsFor(name), conditions, format, write: false } as const;
  const { outputFiles } = await build(options);
  return outputFiles[0]?.text ?? "";
}
