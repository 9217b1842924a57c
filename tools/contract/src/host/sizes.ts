import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { bundledParts } from "../../../bundling/bundled-packages.ts";
import { type ContractResult, runCases } from "../contract.ts";

const root = resolve(import.meta.dirname, "../../../..");

/** Entries that isolates load, with their ceilings in bytes after gzip. Lower a ceiling when a bundle shrinks. */
const maxGzipBytes: Readonly<Record<string, number>> = {
  edge: 46_493,
  "edge/remote": 23_040,
  "core/engine": 13_368,
};

/** Bundles of a client and one call. The ceiling is in bytes after gzip for isolates, minified for Node.js. */
const typicalUses: readonly TypicalUse[] = [
  { entry: "edge", measure: "gzip", maxBytes: 43_107 },
  { entry: "edge/remote", measure: "gzip", maxBytes: 21_579 },
  { entry: "node", measure: "minified", maxBytes: 137_677 },
];

interface TypicalUse extends Ceiling {
  readonly entry: string;
}

/** Largest size of a bundle. */
interface Ceiling {
  /** `gzip`: minified and compressed. */
  readonly measure: "gzip" | "minified";
  readonly maxBytes: number;
}

/** Size of a bundle of the published packages. */
interface BundleSize extends Ceiling {
  readonly name: string;
  readonly minifiedBytes: number;
  readonly gzipBytes: number;
  readonly isTooLarge: boolean;
}

/** Exports that most users do not import, with the source file of each. */
const optionalExports: Readonly<Record<string, string>> = {
  kvStore: "packages/edge/src/kv-store.ts",
  cacheApiStore: "packages/edge/src/cache-api-store.ts",
  edgeConfigStore: "packages/edge/src/edge-config-store.ts",
  createWebhookHandler: "packages/edge/src/webhook-handler.ts",
  defineFlags: "packages/core/src/typed/define-flags.ts",
  memoryCache: "packages/core/src/evaluation/memory-cache.ts",
};

/**
 * Globals and imports that isolates lack, refuse, or have only behind a compatibility flag. The metafile lists
 * modules but no globals, so these are searched for in the code.
 */
const foreignCode =
  /\b(?:process|Buffer|require|__dirname|setInterval|eval)\b|\bimport\b|node:|new Function|AbortSignal\.any/;

/** Measures each entry with all its exports, and each typical use. */
export function measureBundles(): Promise<readonly BundleSize[]> {
  const entries = Object.entries(maxGzipBytes).map(async ([entry, maxBytes]) => {
    const { code } = await bundlePublished(exportFrom(entry));
    return compareSize(entry, code, { measure: "gzip", maxBytes });
  });
  const uses = typicalUses.map(async ({ entry, ...ceiling }) => {
    const { code } = await bundle(createTypicalUse(entry), entry === "node" ? forNode : {});
    return compareSize(`${entry}, typical use`, code, ceiling);
  });
  return Promise.all([...entries, ...uses]);
}

function compareSize(name: string, code: Uint8Array, ceiling: Ceiling): BundleSize {
  const minifiedBytes = code.length;
  const gzipBytes = gzipSync(code, { level: 9 }).length;
  const { measure, maxBytes } = ceiling;
  const isTooLarge = (measure === "gzip" ? gzipBytes : minifiedBytes) > maxBytes;
  return { name, minifiedBytes, gzipBytes, ...ceiling, isTooLarge };
}

/** Checks the sizes of the bundles for isolates, and that each contains only the modules it uses. */
export function checkSizes(): Promise<ContractResult[]> {
  return runCases([
    {
      name: "no bundle is larger than its ceiling",
      run: async () => {
        for (const size of await measureBundles()) {
          if (!size.isTooLarge) continue;
          const { name, minifiedBytes, gzipBytes, measure, maxBytes } = size;
          fail(
            `${name}: ${minifiedBytes} B, ${gzipBytes} B with gzip (${measure}: at most ${maxBytes})`,
          );
        }
      },
    },
    ...Object.entries(optionalExports).map(([name, path]) => ({
      name: `${name} is only in bundles that import it`,
      run: async () => {
        const others = Object.values(optionalExports).filter((other) => other !== path);
        await expectModules(exportFrom("edge", `{ Flagsmith, ${name} }`), {
          present: [path],
          absent: others,
        });
        await expectModules(exportFrom("edge", "{ Flagsmith }"), { absent: [path] });
      },
    })),
    {
      name: "the edge client contains no realtime updates",
      run: async () => {
        const realtime = ["/realtime"];
        await expectModules(exportFrom("deno"), { present: realtime });
        await expectModules(exportFrom("edge"), { absent: realtime });
      },
    },
    {
      name: "the edge client contains no OFREP handler, no OpenTelemetry and no Redis",
      run: () => {
        const absent = ["ofrep", "otel", "redis"].map((name) => `packages/core/src/${name}/`);
        return expectModules(exportFrom("edge"), { absent });
      },
    },
    {
      name: "edge/remote contains no engine",
      run: async () => {
        const engine = ["packages/core/src/engine/"];
        await expectModules(exportFrom("edge"), { present: engine });
        await expectModules(exportFrom("edge/remote"), {
          absent: engine,
        });
      },
    },
    {
      name: "no bundle for isolates uses a Node.js module or a global that isolates lack",
      run: async () => {
        // Positive control: the package for Node.js does.
        const node = readFileSync(
          new URL(import.meta.resolve("@flagsmith-isomorphic/node")),
          "utf8",
        );
        if (!foreignCode.test(node)) fail("The search finds nothing in the package for Node.js.");
        for (const entry of Object.keys(maxGzipBytes)) {
          const { code } = await bundlePublished(exportFrom(entry));
          const found = foreignCode.exec(new TextDecoder().decode(code));
          if (found !== null) fail(`${entry} contains ${found[0]}`);
        }
      },
    },
  ]);
}

const exportFrom = (entry: string, names = "*") =>
  `export ${names} from "@flagsmith-isomorphic/${entry}"`;

const createTypicalUse = (entry: string) => `
  import { Flagsmith } from "@flagsmith-isomorphic/${entry}";
  const enableLocalEvaluation = ${!entry.endsWith("/remote")};
  const flagsmith = new Flagsmith({ environmentKey: "ser.key", enableLocalEvaluation });
  console.log(await flagsmith.getIdentityFlags("user-42"));`;

/**
 * Checks which modules contribute code to the bundle of a script. Modules are given by parts of their paths.
 *
 * Published files merge many modules into one chunk, which a metafile cannot take apart. The modules are therefore read
 * from a bundle of the sources. The published bundle must not be larger, so that it cannot contain more. It can be
 * smaller, because a part of it was minified before.
 */
async function expectModules(
  script: string,
  { present = [], absent = [] }: { present?: readonly string[]; absent?: readonly string[] },
): Promise<void> {
  const { code, modules } = await bundle(script, { plugins: [resolveToSources, ...bundledParts] });
  const published = await bundlePublished(script);
  if (Math.abs(published.code.length - code.length) > maxDifferenceBytes) {
    fail(`${script}: ${published.code.length} B as published, ${code.length} B from the sources`);
  }
  const missing = present.find((path) => !modules.some((module) => module.includes(path)));
  if (missing !== undefined) fail(`${script}: ${missing} is missing`);
  const unused = modules.find((module) => absent.some((path) => module.includes(path)));
  if (unused !== undefined) fail(`${script}: contains ${unused}`);
}

/** Smaller than each module that is searched for. */
const maxDifferenceBytes = 150;

const bundlePublished = (script: string) => bundle(script);

/** Bundles a script for workerd. Fails on modules of Node.js, which do not resolve on this platform. */
async function bundle(script: string, options: BuildOptions = {}) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: script, resolveDir: import.meta.dirname },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser", "import"],
    // esbuild warns about imports without names in linked packages. Installed packages cause no warning.
    logLevel: "error",
    ...options,
    write: false,
    metafile: true,
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return {
    code: outputFiles[0]?.contents ?? new Uint8Array(),
    modules: inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  };
}

/** esbuild's own settings for Node.js. */
const forNode: BuildOptions = { platform: "node", mainFields: ["main"], conditions: ["module"] };

/** Resolves this repository's packages to their sources instead of their builds. */
const resolveToSources: Plugin = {
  name: "sources",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^@flagsmith-isomorphic\// }, ({ path }) => {
      const published = fileURLToPath(import.meta.resolve(path));
      const source = published.replace(/\/dist\/(.+)\.js$/, "/src/$1.ts");
      return { path: source, sideEffects: false };
    });
  },
};

function fail(message: string): never {
  throw new Error(message);
}
