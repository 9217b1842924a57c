import { type BuildOptions, build } from "esbuild";

/** Bundles an example with its dependencies into one text. */
export async function bundleExample(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    bundle: true,
    write: false,
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser", "import"],
    target: "es2022",
    logLevel: "warning",
    // esbuild warns about packages outside node_modules, where the links of the workspace lead.
    logOverride: { "ignored-bare-import": "silent" },
    ...options,
  });
  return outputFiles?.[0]?.text ?? "";
}
