import { join, resolve } from "node:path";
import { build } from "esbuild";

const resolveEntry = (name: string) => resolve(import.meta.dirname, `../${name}.ts`);

/** Bundles a script for Node.js and Bun, once per format, into the consumer, where it resolves the packages. */
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
      entryPoints: [resolveEntry(name)],
      bundle: true,
      platform: "node",
      target: "node20",
      external: ["flagsmith-isomorphic", "@flagsmith-isomorphic/*", "undici"],
      format,
      outfile: path,
      logLevel: "warning",
    });
  }
  return scripts;
}

/** A script in one file. */
interface NodeScript {
  /** Whether it imports or requires the packages. */
  readonly format: "esm" | "cjs";
  readonly path: string;
}

/** Bundles a script for Deno into the consumer. It imports the adapter as users do, by an `npm:` specifier. */
export async function bundleForDeno(consumer: string, name: string): Promise<string> {
  const outfile = join(consumer, `${name}.mjs`);
  await build({
    entryPoints: [resolveEntry(name)],
    bundle: true,
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["deno"],
    alias: {
      "@flagsmith-isomorphic/deno": "npm:@flagsmith-isomorphic/deno",
      "flagsmith-isomorphic": "npm:flagsmith-isomorphic",
    },
    external: ["@flagsmith-isomorphic/*", "npm:*", "node:*"],
    format: "esm",
    target: "es2022",
    outfile,
    logLevel: "warning",
  });
  return outfile;
}

/** How a runtime loads a script, and its export condition. */
interface IsolateFormat {
  readonly format: "esm" | "iife";
  readonly condition: "workerd" | "edge-light";
}

/** Bundles a script for isolates into one text that contains the packages installed in the consumer. */
export async function bundleForEdge(
  consumer: string,
  name: string,
  { format, condition }: IsolateFormat,
): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [resolveEntry(name)],
    bundle: true,
    write: false,
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: [condition, "worker", "browser", "import"],
    // Modules of workerd itself.
    external: ["cloudflare:*"],
    // Vercel's client reads it. Isolates have no `process`, so their builds replace it.
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [
      {
        name: "the installed packages",
        setup: ({ onResolve, resolve: resolveFrom }) => {
          onResolve(
            { filter: /^(?:@flagsmith-isomorphic\/|flagsmith-isomorphic(?:\/|$))/ },
            (args) =>
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
