import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { instrument, traceName } from "./instrument.ts";
import { entrySource, root } from "./sources.ts";

/** Files that a reader skips when following a call: options, deadline, circuit, diagnostics, identity checks, clock, guards. */
const helpers =
  /^((http|api)\/call|http\/circuit-breaker|options\/call-options|diagnostics\/diagnostics)\.ts$|^identity\/|^(platform|ports)\//;

/** Runs the calls on instrumented sources of core and returns the path of each. */
export async function tracePaths() {
  const { runCalls } = await bundleCalls();
  const paths: ReturnType<typeof summarize>[] = [];
  await runCalls(async (name, run) => {
    const entries: Entry[] = [];
    Reflect.set(globalThis, traceName, (file: string, name: string) =>
      entries.push({ file, name }),
    );
    try {
      return await run();
    } finally {
      Reflect.deleteProperty(globalThis, traceName);
      paths.push(summarize(name, entries));
    }
  });
  return paths;
}

interface Entry {
  readonly file: string;
  readonly name: string;
}

function summarize(name: string, entries: readonly Entry[]) {
  const files = [...new Set(entries.map(({ file }) => file))];
  return {
    name,
    entries,
    /** In the order of first entry. */
    files: files.filter((file) => !helpers.test(file)),
    helpers: files.filter((file) => helpers.test(file)),
    switches: countSwitches(entries),
    switchesWithoutHelpers: countSwitches(entries.filter(({ file }) => !helpers.test(file))),
  };
}

/** Counts the changes from one file to another, including the change from the caller. */
function countSwitches(entries: readonly Entry[]): number {
  return entries.filter(({ file }, index) => file !== entries[index - 1]?.file).length;
}

async function bundleCalls(): Promise<typeof import("./calls.ts")> {
  const { outputFiles } = await build({
    entryPoints: [resolve(import.meta.dirname, "calls.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    plugins: [instrumentedSources],
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString("base64");
  return import(`data:text/javascript;base64,${code}`);
}

/** Bundles packages from their sources, with trace calls in core. */
const instrumentedSources: Plugin = {
  name: "instrumented sources",
  setup({ onResolve, onLoad, resolve: findBuilt }) {
    onResolve(
      { filter: /^@flagsmith-isomorphic\// },
      async ({ path, kind, resolveDir, pluginData }) => {
        if (pluginData === "find built") return undefined;
        const built = await findBuilt(path, { kind, resolveDir, pluginData: "find built" });
        return { path: entrySource(built.path), errors: built.errors };
      },
    );
    onLoad({ filter: /\/packages\/core\/src\// }, async ({ path }) => ({
      contents: instrument(
        relative(`${root}/packages/core/src`, path),
        await readFile(path, "utf8"),
      ),
      loader: "ts",
    }));
  },
};
