// Prints what an isolate has to load: each entry with everything it exports, bundled for workerd.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const entries = [
  "@flagsmith-isomorphic/edge",
  "@flagsmith-isomorphic/edge/remote",
  "@flagsmith-isomorphic/core/engine",
];

for (const entry of entries) {
  // A built-in module of Node.js does not resolve here, and fails the build.
  const { outputFiles } = await build({
    stdin: { contents: `export * from "${entry}"`, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser", "import"],
    logLevel: "warning",
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  const kilobytes = (bytes: number) => (bytes / 1000).toFixed(1);
  const gzip = gzipSync(code, { level: 9 }).length;
  console.log(`${entry}: ${kilobytes(code.length)} kB, ${kilobytes(gzip)} kB with gzip`);
}
