import { join, resolve } from "node:path";
import { build } from "esbuild";

const entryOf = (name: string) => resolve(import.meta.dirname, `../${name}.ts`);

/** Bundles the suite into the consumer, so that it finds the packages there: one script per format. */
export async function bundleSuite(consumer: string): Promise<readonly SuiteScript[]> {
  const scripts = [
    { format: "esm", path: join(consumer, "on-node.mjs") },
    { format: "cjs", path: join(consumer, "on-node.cjs") },
  ] as const;
  for (const { format, path } of scripts) {
    await build({
      entryPoints: [entryOf("on-node")],
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

/** Bundles a script for Deno into the consumer; it imports the adapter as users do, by `npm:` specifier. */
export async function bundleForDeno(consumer: string, name: string): Promise<string> {
  const outfile = join(consumer, `${name}.mjs`);
  await build({
    entryPoints: [entryOf(name)],
    bundle: true,
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["deno"],
    alias: { "@flagsmith-isomorphic/deno": "npm:@flagsmith-isomorphic/deno" },
    external: ["@flagsmith-isomorphic/*", "npm:*"],
    format: "esm",
    target: "es2022",
    outfile,
    logLevel: "warning",
  });
  return outfile;
}
