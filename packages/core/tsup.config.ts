import { defineConfig } from "tsup";
import {
  bundledPackages,
  bundledParts,
  writeLicenses,
} from "../../tools/bundling/bundled-packages.ts";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    adapter: "src/adapter.ts",
    engine: "src/engine/index.ts",
    diagnostics: "src/diagnostics/index.ts",
    comparison: "src/comparison/index.ts",
    explain: "src/explain/index.ts",
    integration: "src/integration/index.ts",
    local: "src/local.ts",
    ofrep: "src/ofrep/index.ts",
    otel: "src/otel/index.ts",
    realtime: "src/realtime.ts",
    redis: "src/redis/index.ts",
  },
  format: ["esm", "cjs"],
  // For `await using`, whose symbol the usual library files do not have yet.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  target: "es2022",
  platform: "neutral",
  noExternal: [...bundledPackages],
  esbuildPlugins: bundledParts,
  onSuccess: writeLicenses,
  // Also for CommonJS: the entries share classes that are told apart by instanceof.
  splitting: true,
  sourcemap: true,
  treeshake: true,
  clean: true,
});
