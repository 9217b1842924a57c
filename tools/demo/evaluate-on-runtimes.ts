import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { EdgeRuntime } from "edge-runtime";
import { type BuildOptions, build } from "esbuild";
import {
  type CommandRuntime,
  commandRuntimes,
  deno,
  edgeRuntime,
  findUnavailability,
  workerd,
} from "runtimes";
import type { EvaluationRequest, ModeFlags } from "./evaluate.ts";

const execute = promisify(execFile);
/** Folder beside the packages, so that bundles resolve them. Git ignores it. */
const folder = join(import.meta.dirname, "node_modules/.demo");

/** Flags on one runtime, or the reason why it is not available. */
export interface RuntimeFlags {
  readonly runtime: string;
  readonly modes: readonly ModeFlags[];
  readonly unavailability?: string;
}

/** Fetches flags on every runtime with the adapter for it. */
export async function evaluateOnRuntimes(request: EvaluationRequest): Promise<RuntimeFlags[]> {
  const nodeScript = await bundleToFile("node", {
    platform: "node",
    external: ["@flagsmith-isomorphic/*"],
  });
  const denoScript = await bundleToFile("deno", { conditions: ["deno", "import"] });
  const { host, hostname } = new URL(request.apiUrl);
  const permittedDeno = {
    ...deno,
    args: [...(deno.args ?? []), `--allow-net=${host},${hostname}`],
  };
  const results: RuntimeFlags[] = [];
  for (const runtime of commandRuntimes) {
    results.push(await runIfAvailable(runtime, nodeScript, request));
  }
  results.push(await runIfAvailable(permittedDeno, denoScript, request));
  results.push(await runOnWorkerd(request));
  results.push({ runtime: edgeRuntime.name, modes: await runOnEdgeRuntime(request) });
  return results;
}

async function runIfAvailable(
  runtime: CommandRuntime,
  script: string,
  request: EvaluationRequest,
): Promise<RuntimeFlags> {
  const unavailability = findUnavailability(runtime);
  if (unavailability !== undefined) return { runtime: runtime.name, modes: [], unavailability };
  return { runtime: runtime.name, modes: await runCommand(runtime, script, request) };
}

async function runCommand(
  { program, args = [], env }: CommandRuntime,
  script: string,
  request: EvaluationRequest,
): Promise<ModeFlags[]> {
  const options = { env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
  const running = execute(program, [...args, script], options);
  // A process that ends before it has read its input explains the reason itself.
  running.child.stdin?.on("error", () => undefined);
  // Not on the command line: other users can read that, and errors repeat it.
  running.child.stdin?.end(JSON.stringify(request));
  return JSON.parse((await running).stdout);
}

async function runOnWorkerd(request: EvaluationRequest): Promise<RuntimeFlags> {
  const { name: runtime } = workerd;
  const miniflare = await import("miniflare").catch(() => undefined);
  if (miniflare === undefined) {
    const unavailability = `no package for ${process.platform} on ${process.arch} is installed`;
    return { runtime, modes: [], unavailability };
  }
  const worker = new miniflare.Miniflare({
    modules: true,
    script: await bundleForIsolate("workerd", "esm"),
    compatibilityDate: "2026-07-01",
    cf: false,
  });
  try {
    const response = await worker.dispatchFetch("http://worker/", createPost(request));
    return { runtime, modes: JSON.parse(await response.text()) };
  } finally {
    await worker.dispose();
  }
}

async function runOnEdgeRuntime(request: EvaluationRequest): Promise<ModeFlags[]> {
  const initialCode = await bundleForIsolate("edge-runtime", "iife");
  const runtime = new EdgeRuntime({ initialCode });
  const response = await runtime.dispatchFetch("http://edge/", createPost(request));
  return JSON.parse(await response.text());
}

function createPost(request: EvaluationRequest): {
  readonly method: "POST";
  readonly body: string;
} {
  return { method: "POST", body: JSON.stringify(request) };
}

function createBuildOptions(name: string): BuildOptions {
  return {
    entryPoints: [join(import.meta.dirname, "runtimes", `${name}.ts`)],
    bundle: true,
    platform: "neutral",
    mainFields: ["module", "main"],
    format: "esm",
    target: "es2022",
    // esbuild warns about imports that stay bare, which is intended here.
    logLevel: "error",
  };
}

async function bundleToFile(name: string, options: BuildOptions): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  await build({ ...createBuildOptions(name), ...options, outfile });
  return outfile;
}

async function bundleForIsolate(name: string, format: "esm" | "iife"): Promise<string> {
  const conditions = ["workerd", "worker", "browser", "import"];
  const options = { ...createBuildOptions(name), conditions, format, write: false } as const;
  const { outputFiles } = await build(options);
  return outputFiles[0]?.text ?? "";
}
