import { defineConfig } from "tsup";

// Only node.ts may use Node types: the typecheck compiles the other files without them.
export default defineConfig({
  entry: ["src/index.ts", "src/node.ts"],
  format: ["esm", "cjs"],
  dts: true,
  tsconfig: "tsconfig.node.json",
  // Deno requires the node: prefix.
  removeNodeProtocol: false,
  external: [/^node:/],
  target: "es2022",
  platform: "neutral",
  sourcemap: true,
  treeshake: true,
  clean: true,
});
