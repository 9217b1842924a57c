import { build } from "esbuild";
import { type ContractResult, runCases } from "../contract.ts";

/** The conditions of bundlers, and the files with the client that they have to select. */
const selections: readonly (readonly [bundler: string, readonly string[], client: string])[] = [
  ["esbuild for Node.js", ["node", "module"], "node/dist/index"],
  ["bun build", ["bun", "node"], "node/dist/index"],
  ["Nitro for Bun", ["bun", "worker", "node"], "node/dist/index"],
  ["Nitro for Deno", ["deno", "node"], "deno/dist/index"],
  ["wrangler", ["workerd", "worker", "browser"], "edge/dist/index"],
  ["Vite for web workers", ["worker", "module", "browser"], "edge/dist/index"],
  ["Metro for React Native", ["react-native"], "edge/dist/index,in-browser"],
  ["Next.js for Vercel Edge", ["edge-light", "worker", "browser"], "edge/dist/index"],
];

/** Checks that the conditions of bundlers select the client of their runtime. */
export function checkConditions(consumer: string): Promise<ContractResult[]> {
  return runCases(
    selections.flatMap(([bundler, conditions, client]) =>
      (["import", "require"] as const).map((kind) => ({
        name: `the conditions of ${bundler} select ${client} for ${kind}`,
        run: () => expectClient(consumer, { kind, conditions, client }),
      })),
    ),
  );
}

interface Selection {
  readonly kind: "import" | "require";
  readonly conditions: readonly string[];
  readonly client: string;
}

/** @throws Error that lists the files with clients in the bundle */
async function expectClient(consumer: string, { kind, conditions, client }: Selection) {
  const name = '"flagsmith-isomorphic"';
  const { metafile } = await build({
    stdin: {
      contents: kind === "import" ? `export * from ${name}` : `module.exports = require(${name})`,
      resolveDir: consumer,
    },
    bundle: true,
    write: false,
    metafile: true,
    platform: "neutral",
    format: "esm",
    conditions: [...conditions],
    external: ["node:*"],
    logLevel: "error",
  });
  const clients = Object.keys(metafile.inputs).flatMap(
    (path) =>
      /(?:(?:node|edge|deno)\/dist\/(?:index|in-isolate)|in-browser)(?=\.c?js$)/.exec(path) ?? [],
  );
  if (clients.sort().join() !== client)
    throw new Error(`the bundle contains ${clients.join(", ")}`);
}
