import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { instrument, traceName } from "./instrument.ts";
import { root } from "./sources.ts";

/** Files that a reader does not open to follow a call: deadlines, input checks, clock and guards. */
const helpers = /^(http|api)\/call\.ts$|^identity\/|^(platform|ports)\//;

/** The path of one call through core. */
export interface CallPath {
  readonly entries: number;
  /** Changes from one file to another, helpers and the change from the caller included. */
  readonly switches: number;
  /** In the order of first entry. */
  readonly files: readonly string[];
  readonly helpers: readonly string[];
  readonly functions: readonly string[];
}

const core = "packages/core/src/";

/** Runs each call of calls.ts on instrumented sources of core and returns its path by name. */
export async function tracePaths(): Promise<Map<string, CallPath>> {
  const { calls } = await bundleCalls();
  const paths = new Map<string, CallPath>();
  for (const [name, call] of Object.entries(calls)) {
    await call(async (run) => {
      const entries: (readonly [file: string, name: string])[] = [];
      const trace = (file: string, name: string) => entries.push([file.slice(core.length), name]);
      Reflect.set(globalThis, traceName, trace);
      try {
        return await run();
      } finally {
        Reflect.deleteProperty(globalThis, traceName);
        paths.set(name, summarize(entries));
      }
    });
  }
  return paths;
}

function summarize(entries: readonly (readonly [file: string, name: string])[]): CallPath {
  const files = [...new Set(entries.map(([file]) => file))];
  return {
    entries: entries.length,
    switches: entries.filter(([file], index) => file !== entries[index - 1]?.[0]).length,
    files: files.filter((file) => !helpers.test(file)),
    helpers: files.filter((file) => helpers.test(file)),
    functions: entries.map(([file, name]) => `${file} ${name}`),
  };
}

async function bundleCalls(): Promise<typeof import("./calls.ts")> {
  const { outputFiles } = await build({
    entryPoints: [resolve(import.meta.dirname, "calls.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "es2022",
    plugins: [instrumentedSources],
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString("base64");
  return import(`data:text/javascript;base64,${code}`);
}

/** Bundles the packages from their sources, with trace calls in core. */
const instrumentedSources: Plugin = {
  name: "instrumented sources",
  setup({ onResolve, onLoad, resolve: find }) {
    onResolve(
      { filter: /^@flagsmith-isomorphic\// },
      async ({ path, importer, kind, resolveDir, pluginData }) => {
        if (pluginData === "found") return undefined;
        const found = await find(path, { importer, kind, resolveDir, pluginData: "found" });
        return {
          path: found.path.replace(/\/dist\/(.+)\.js$/, "/src/$1.ts"),
          errors: found.errors,
        };
      },
    );
    onLoad({ filter: /\/packages\/core\/src\/.+\.ts$/ }, async ({ path }) => ({
      contents: instrument(relative(root, path), await readFile(path, "utf8")),
      loader: "ts",
    }));
  },
};
