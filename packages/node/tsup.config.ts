import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm", "cjs"],
  dts: true,
  // Deno and some bundlers require the node: prefix.
  removeNodeProtocol: false,
  target: "es2022",
  platform: "node",
  treeshake: true,
  clean: true,
});
