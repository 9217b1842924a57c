import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { type ContractResult, type PlainCase, runCases } from "../contract.ts";

/** What an isolate has to load of an entry with everything that it exports. */
export interface Size {
  readonly entry: string;
  readonly bytes: number;
  readonly gzipBytes: number;
  /** More is a regression. Lower it with what is won. */
  readonly ceilingBytes: number;
}

const ceilings: Readonly<Record<string, number>> = {
  "@flagsmith-isomorphic/edge": 33_300,
  "@flagsmith-isomorphic/edge/remote": 16_950,
  "@flagsmith-isomorphic/core/engine": 11_100,
};

/** Measures each entry, bundled for workerd. */
export function measureSizes(): Promise<Size[]> {
  return Promise.all(
    Object.entries(ceilings).map(async ([entry, ceilingBytes]) => {
      const code = await bundled(`export * from "${entry}"`);
      const gzipBytes = gzipSync(code, { level: 9 }).length;
      return { entry, bytes: code.length, gzipBytes, ceilingBytes };
    }),
  );
}

/** What only some users want: a text that their bundles hold, and those of others must not. */
const optional: Readonly<Record<string, string>> = {
  kvStore: "a Workers KV namespace",
  cacheApiStore: "flagsmith.invalid",
  edgeConfigStore: "a Vercel Edge Config client",
  createWebhookHandler: "maxBodyBytes",
};

/** Nothing that runs between requests is of any use to an isolate. */
const polling = "needs background timers";
const stream = "sse/environments/";
const engine = "identity_overrides";

/** What isolates lack, refuse, or have only by a flag, however it is reached. */
const foreign =
  /\b(?:process|Buffer|require|__dirname|setInterval|eval)\b|\bimport\b|node:|new Function|AbortSignal\.any/;

/** What must hold of bundles: their sizes, and that nobody carries what he does not use. */
export function sizeResults(): Promise<ContractResult[]> {
  const everything = 'export * from "@flagsmith-isomorphic/edge"';
  const clientOnly = 'export { Flagsmith } from "@flagsmith-isomorphic/edge"';
  return runCases([
    {
      name: "no entry is larger than it was",
      run: async () => {
        for (const { entry, gzipBytes, ceilingBytes } of await measureSizes()) {
          if (gzipBytes <= ceilingBytes) continue;
          throw new Error(`${entry}: ${gzipBytes} B with gzip, more than ${ceilingBytes}`);
        }
      },
    },
    ...Object.entries(optional).map(([name, text]) => ({
      name: `${name} is in a bundle that imports it, and in no other`,
      run: async () => {
        await expectText({ code: everything, text, isThere: true });
        await expectText({ code: clientOnly, text, isThere: false });
      },
    })),
    lacks("the edge client carries no polling", { code: everything, text: polling }),
    lacks("the edge client carries no realtime updates", { code: everything, text: stream }),
    {
      name: "no entry for isolates names a built-in of Node.js, or what isolates do not have",
      run: async () => {
        // The same words are in the package for Node.js: else this would prove nothing.
        const node = await readFile(new URL(import.meta.resolve("@flagsmith-isomorphic/node")));
        if (!foreign.test(node.toString())) throw new Error("not even the package for Node.js");
        for (const entry of Object.keys(ceilings)) {
          const found = foreign.exec(await bundledText(`export * from "${entry}"`));
          if (found !== null) throw new Error(`${entry} holds ${found[0]}`);
        }
      },
    },
    {
      name: "edge/remote carries no engine",
      run: async () => {
        await expectText({ code: everything, text: engine, isThere: true });
        const remote = 'export * from "@flagsmith-isomorphic/edge/remote"';
        await expectText({ code: remote, text: engine, isThere: false });
      },
    },
  ]);
}

/** The same texts are in a bundle for Deno: else they would prove nothing. */
function lacks(name: string, { code, text }: Omit<Expectation, "isThere">): PlainCase {
  const deno = 'export * from "@flagsmith-isomorphic/deno"';
  return {
    name,
    run: async () => {
      await expectText({ code: deno, text, isThere: true });
      await expectText({ code, text, isThere: false });
    },
  };
}

interface Expectation {
  readonly code: string;
  readonly text: string;
  readonly isThere: boolean;
}

async function expectText({ code, text, isThere }: Expectation): Promise<void> {
  if ((await bundledText(code)).includes(text) === isThere) return;
  throw new Error(`${code}: ${isThere ? "lacks" : "holds"} ${JSON.stringify(text)}`);
}

async function bundledText(contents: string): Promise<string> {
  return new TextDecoder().decode(await bundled(contents));
}

/** A built-in module of Node.js does not resolve here, and fails the build. */
async function bundled(contents: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser", "import"],
    // The packages are linked here; installed, their split chunks are no matter of warnings.
    logLevel: "error",
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}
