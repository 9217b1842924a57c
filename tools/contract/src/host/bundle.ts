import { join, resolve } from "node:path";
import { build } from "esbuild";

const entryOf = (name: string) => resolve(import.meta.dirname, `../${name}.ts`);

/** Bundles a script for Node.js and Bun into the consumer, so that it finds the packages there: once per format. */
export async function bundleForNode(
  consumer: string,
  name: string,
): Promise<readonly NodeScript[]> {
  const scripts = [
    { format: "esm", path: join(consumer, `${name}.mjs`) },
    { format: "cjs", path: join(consumer, `${name}.cjs`) },
  ] as const;
  for (const { format, path } of scripts) {
    await build({
      entryPoints: [entryOf(name)],
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

/** A script as one file. */
export interface NodeScript {
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

/** Bundles a script for isolates: one text with everything in it, from the packages that the consumer has installed. */
export async function bundleForEdge(
  consumer: string,
  name: string,
  format: "esm" | "iife",
): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entryOf(name)],
    bundle: true,
    write: false,
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser", "import"],
    // What workerd brings itself.
    external: ["cloudflare:*"],
    // Vercel's client looks at it; builds for isolates, which have no process, put it in.
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [
      {
        name: "the installed packages",
        setup: ({ onResolve, resolve: resolveFrom }) => {
          onResolve({ filter: /^@flagsmith-isomorphic\// }, (args) =>
            args.pluginData === "installed"
              ? undefined
              : resolveFrom(args.path, {
                  resolveDir: consumer,
                  kind: args.kind,
                  pluginData: "installed",
                }),
          );
        },
      },
    ],
    format,
    target: "es2022",
    logLevel: "warning",
  });
  return outputFiles[0]?.text ?? "";
}
