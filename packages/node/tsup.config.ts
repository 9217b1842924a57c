import { defineConfig } from "tsup";
import {
  configureEsbuild,
  copyLicenses,
  core,
  separateSuperCalls,
} from "../../tools/bundling/bundled-core.ts";
import { joinStrings } from "../../tools/bundling/join-strings.ts";

export default defineConfig({
  entry: ["src/index.ts", "src/in-isolate.ts", "src/undici.ts"],
  format: ["esm", "cjs"],
  // In isolates, the package has the same types.
  dts: { entry: ["src/index.ts", "src/undici.ts"] },
  // Each file costs about a millisecond at import, so core is in the adapter's own file.
  noExternal: [core],
  splitting: false,
  esbuildOptions: configureEsbuild,
  plugins: [joinStrings, separateSuperCalls],
  onSuccess: copyLicenses,
  // Deno and some bundlers require the node: prefix.
  removeNodeProtocol: false,
  target: "es2022",
  platform: "node",
  sourcemap: true,
  treeshake: true,
  clean: true,
});
