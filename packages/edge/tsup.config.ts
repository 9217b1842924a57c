import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/remote.ts"],
  format: ["esm", "cjs"],
  dts: true,
  target: "es2022",
  platform: "neutral",
  splitting: true,
  sourcemap: true,
  treeshake: true,
  clean: true,
});
