import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/bin.ts"],
  format: ["esm"],
  // Deno requires the node: prefix.
  removeNodeProtocol: false,
  target: "es2022",
  platform: "node",
  sourcemap: true,
  treeshake: true,
  clean: true,
});
