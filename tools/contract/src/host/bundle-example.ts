import { type BuildOptions, build } from "esbuild";

/** One file with everything in it, from the packages that the example depends on. */
export async function bundleExample(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    bundle: true,
    write: false,
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser", "import"],
    target: "es2022",
    logLevel: "warning",
    // Said of packages outside node_modules only, where the links of a workspace lead.
    logOverride: { "ignored-bare-import": "silent" },
    ...options,
  });
  return outputFiles?.[0]?.text ?? "";
}
