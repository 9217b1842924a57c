import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm", "cjs"],
  dts: true,
  // Some bundlers and Deno know built-ins by their full name alone.
  removeNodeProtocol: false,
  target: "es2022",
  platform: "node",
  treeshake: true,
  clean: true,
});
