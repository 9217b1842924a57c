import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EdgeRuntime } from "edge-runtime";
import { type BuildOptions, build } from "esbuild";
import { Miniflare } from "miniflare";
import { assertAnswers, pathFor } from "./example-answers.ts";

type Settings = Readonly<Record<string, string>>;

/** Runs the Worker that the folder's wrangler.json names, with the settings as its bindings. */
export async function askWorker(folder: string, settings: Settings): Promise<void> {
  const { main, compatibility_date } = JSON.parse(
    await readFile(join(folder, "wrangler.json"), "utf8"),
  );
  const script = await bundle({
    entryPoints: [join(folder, main)],
    format: "esm",
    external: ["cloudflare:workers"],
  });
  const worker = new Miniflare({
    modules: true,
    script,
    compatibilityDate: compatibility_date,
    bindings: { ...settings },
    cf: false,
  });
  try {
    await assertAnswers(async (user) => {
      const response = await worker.dispatchFetch(`http://worker${pathFor(user)}`);
      return response.text();
    });
  } finally {
    await worker.dispose();
  }
}

/** Runs an edge function as Vercel does: called by a fetch listener, its environment put in by the build. */
export async function askEdgeFunction(
  folder: string,
  script: string,
  settings: Settings,
): Promise<void> {
  const initialCode = await bundle({
    stdin: {
      contents: `import handler from "./${script}";
        addEventListener("fetch", (event) => event.respondWith(handler(event.request, event)));`,
      resolveDir: folder,
    },
    format: "iife",
    define: Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        `process.env.${name}`,
        JSON.stringify(value),
      ]),
    ),
  });
  const runtime = new EdgeRuntime({ initialCode });
  await assertAnswers(async (user) => {
    const response = await runtime.dispatchFetch(`http://edge${pathFor(user)}`);
    return response.text();
  });
}

/** One file with everything in it, from the packages that the example depends on. */
async function bundle(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    bundle: true,
    write: false,
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser", "import"],
    target: "es2022",
    logLevel: "warning",
    ...options,
  });
  return outputFiles?.[0]?.text ?? "";
}
