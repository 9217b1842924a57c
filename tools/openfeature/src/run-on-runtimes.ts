import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { EdgeRuntime } from "edge-runtime";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { bun, type CommandRuntime, deno, findUnavailability, toolsNode } from "runtimes";
import type { SpecificationFiles } from "./read-scenarios.ts";
import type { ScenarioResult } from "./scenario.ts";

const execute = promisify(execFile);

/** The results on one runtime. */
export interface RuntimeScenarios {
  readonly runtime: string;
  /** Why the runtime is not available on this machine. */
  readonly skipReason?: string | undefined;
  readonly results: readonly ScenarioResult[];
}

/** Runs the scenarios on every kind of runtime, with the packages that are installed in the folder of a consumer. */
export async function runOnRuntimes(
  consumer: string,
  specification: SpecificationFiles,
): Promise<RuntimeScenarios[]> {
  const all: RuntimeScenarios[] = [];
  for (const runtime of [toolsNode, bun, deno]) {
    const skipReason = findUnavailability(runtime);
    const results = skipReason ? [] : await runInProcess(consumer, specification, runtime);
    all.push({ runtime: runtime.name, skipReason, results });
  }
  all.push(await runOnWorkerd(consumer, specification));
  const results = await runOnEdgeRuntime(consumer, specification);
  all.push({ runtime: "Vercel Edge (edge-runtime)", results });
  return all;
}

async function runInProcess(
  consumer: string,
  specification: SpecificationFiles,
  { program, args = [], env }: CommandRuntime,
): Promise<ScenarioResult[]> {
  const outfile = join(consumer, "openfeature-scenarios.mjs");
  const print =
    "runInAllModes(scenarios, testFlags).then((all) => console.log(JSON.stringify(all)));";
  await bundle(consumer, createScript(specification, print), {
    platform: "node",
    external: ["@flagsmith-isomorphic/*", "flagsmith-isomorphic", "@openfeature/*"],
    write: true,
    outfile,
  });
  const { stdout } = await execute(program, [...args, outfile], {
    env: { ...process.env, ...env },
    maxBuffer: 100_000_000,
  });
  return JSON.parse(stdout);
}

async function runOnWorkerd(
  consumer: string,
  specification: SpecificationFiles,
): Promise<RuntimeScenarios> {
  const runtime = "workerd";
  const miniflare = await import("miniflare").catch(() => undefined);
  if (miniflare === undefined) return { runtime, skipReason: "is not installed", results: [] };
  const worker = `export default {
    async fetch() { return Response.json(await runInAllModes(scenarios, testFlags)); },
  };`;
  const script = await bundle(consumer, createScript(specification, worker), {
    conditions: ["workerd", "worker", "browser", "import"],
    external: ["node:events", "async_hooks"],
  });
  const workers = new miniflare.Miniflare({
    modules: true,
    script,
    compatibilityDate: "2026-07-01",
    compatibilityFlags: ["nodejs_compat"],
    cf: false,
  });
  try {
    const response = await workers.dispatchFetch("http://worker/");
    return { runtime, results: (await response.json()) as ScenarioResult[] };
  } finally {
    await workers.dispose();
  }
}

async function runOnEdgeRuntime(
  consumer: string,
  specification: SpecificationFiles,
): Promise<ScenarioResult[]> {
  const listener = `addEventListener("fetch", (event) => event.respondWith(
    runInAllModes(scenarios, testFlags).then((all) => Response.json(all)),
  ));`;
  const initialCode = await bundle(consumer, createScript(specification, listener), {
    format: "iife",
    conditions: ["edge-light", "worker", "browser", "import"],
    plugins: [hostModules],
  });
  const modules = {
    events: await import("node:events"),
    async_hooks: await import("node:async_hooks"),
  };
  const runtime = new EdgeRuntime({
    initialCode,
    extend: (context) => Object.assign(context, { hostModules: modules }),
  });
  const response = await runtime.dispatchFetch("http://edge/");
  return (await response.json()) as ScenarioResult[];
}

/** Vercel provides these modules of Node.js to code on its edge. The emulator does not, but lets its host do it. */
const hostModules: Plugin = {
  name: "the modules that the host provides",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(node:)?(events|async_hooks)$/ }, ({ path }) => ({
      path: path.replace("node:", ""),
      namespace: "host",
    }));
    onLoad({ filter: /.*/, namespace: "host" }, ({ path }) => ({
      contents: `module.exports = globalThis.hostModules.${path};`,
    }));
  },
};

function createScript({ scenarios, testFlags }: SpecificationFiles, end: string): string {
  const entry = JSON.stringify(resolve(import.meta.dirname, "run-scenarios.ts"));
  return `
    import { runInAllModes } from ${entry};
    const scenarios = ${JSON.stringify(scenarios)};
    const testFlags = ${JSON.stringify(testFlags)};
    ${end}`;
}

/** Bundles a script. Packages resolve from the consumer's folder, that is from the tarballs. */
async function bundle(consumer: string, contents: string, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: consumer, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    logLevel: "warning",
    ...options,
    plugins: [createInstalledPackages(consumer), ...(options.plugins ?? [])],
  });
  return outputFiles?.[0]?.text ?? "";
}

function createInstalledPackages(consumer: string): Plugin {
  return {
    name: "the installed packages",
    setup: ({ onResolve, resolve: resolveFrom }) => {
      onResolve(
        { filter: /^(@flagsmith-isomorphic\/|flagsmith-isomorphic$|@openfeature\/)/ },
        (args) =>
          args.pluginData === "installed"
            ? undefined
            : resolveFrom(args.path, {
                resolveDir: args.importer.includes("/node_modules/") ? args.resolveDir : consumer,
                kind: args.kind,
                pluginData: "installed",
              }),
      );
    },
  };
}
