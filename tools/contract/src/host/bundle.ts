import { join, resolve } from "node:path";
import { build } from "esbuild";

/** Bundles the suite into the consumer, so that it finds the packages there: one script per format. */
export async function bundleSuite(consumer: string): Promise<readonly SuiteScript[]> {
  const entry = resolve(import.meta.dirname, "../on-node.ts");
  const scripts = [
    { format: "esm", path: join(consumer, "on-node.mjs") },
    { format: "cjs", path: join(consumer, "on-node.cjs") },
  ] as const;
  for (const { format, path } of scripts) {
    await build({
      entryPoints: [entry],
      bundle: true,
      platform: "node",
      target: "node20",
      external: ["@flagsmith-isomorphic/*", "undici"],
      format,
      outfile: path,
      logLevel: "warning",
    });
  }
  return scripts;
}

/** The suite as one file. */
export interface SuiteScript {
  /** `import` or `require` of the packages. */
  readonly format: "esm" | "cjs";
  readonly path: string;
}
