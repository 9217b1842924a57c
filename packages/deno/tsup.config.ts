import { defineConfig } from "tsup";
import {
  configureEsbuild,
  copyLicenses,
  core,
  separateSuperCalls,
} from "../../tools/bundling/bundled-core.ts";
import { joinStrings } from "../../tools/bundling/join-strings.ts";

export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm", "cjs"],
  dts: true,
  // Each file costs about a millisecond at import, so core is in the adapter's own file.
  noExternal: [core],
  esbuildOptions: configureEsbuild,
  plugins: [joinStrings, separateSuperCalls],
  onSuccess: copyLicenses,
  target: "es2022",
  platform: "neutral",
  sourcemap: true,
  treeshake: true,
  clean: true,
});
