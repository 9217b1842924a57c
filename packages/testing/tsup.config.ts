import { defineConfig } from "tsup";

// Declarations need Node types for node.ts; the typecheck compiles all else without them.
export default defineConfig({
  entry: ["src/index.ts", "src/node.ts"],
  format: ["esm", "cjs"],
  dts: true,
  tsconfig: "tsconfig.node.json",
  // Deno takes built-ins by their full name alone.
  removeNodeProtocol: false,
  external: [/^node:/],
  target: "es2022",
  platform: "neutral",
  treeshake: true,
  clean: true,
});
