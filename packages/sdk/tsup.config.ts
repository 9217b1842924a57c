import { defineConfig } from "tsup";

const subpaths = [
  "src/deno.ts",
  "src/edge.ts",
  "src/comparison.ts",
  "src/explain.ts",
  "src/node.ts",
  "src/ofrep.ts",
  "src/otel.ts",
  "src/redis.ts",
  "src/remote.ts",
  "src/undici.ts",
];

export default defineConfig({
  entry: ["src/in-browser.ts", "src/on-deno.ts", "src/on-edge.ts", "src/on-node.ts", ...subpaths],
  format: ["esm", "cjs"],
  // All runtimes have the same types.
  dts: { entry: ["src/common.ts", ...subpaths] },
  target: "es2022",
  platform: "neutral",
  sourcemap: true,
  treeshake: true,
  // Without the mark, jest.mock() leaves out exports with a getter, which are all exports of another package.
  footer: ({ format }) =>
    format === "cjs"
      ? { js: 'Object.defineProperty(exports, "__esModule", { value: true });' }
      : {},
  clean: true,
});
