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
  // For `await using`, whose symbol the usual library files do not have yet.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  target: "es2022",
  platform: "neutral",
  // Also for CommonJS: the entries share classes that are told apart by instanceof.
  splitting: true,
  treeshake: true,
  clean: true,
});
