import { defineConfig } from "tsup";

export default defineConfig({
  entry: [
    "src/index.ts",
    "src/adapter.ts",
    "src/adapter-local.ts",
    "src/engine.ts",
    "src/local.ts",
    "src/streaming.ts",
  ],
  format: ["esm", "cjs"],
  dts: true,
  target: "es2022",
  platform: "neutral",
  // Also for CommonJS: the entries share classes that are told apart by instanceof.
  splitting: true,
  treeshake: true,
  clean: true,
});
