import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Sizes of the playground in bytes, compressed with gzip. */
export interface PlaygroundSize {
  /** Everything that the page loads: HTML, scripts and style sheets. It loads no fonts and no images. */
  readonly total: number;
  /** The engine and its explanations, bundled and minified on their own. */
  readonly engine: number;
}

/** Measures what the playground of a built site loads. */
export async function measurePlayground(folder: string): Promise<PlaygroundSize> {
  const html = readFileSync(join(folder, "playground.html"), "utf8");
  const linked = Array.from(
    html.matchAll(/(?:href|src)="\/(assets\/[^"]+\.(?:js|css))"/g),
    ([, file = ""]) => file,
  );
  const chunks = readdirSync(join(folder, "assets/chunks")).filter((name) =>
    name.startsWith("FeaturePlayground"),
  );
  const files = new Map<string, string>();
  const add = (file: string): void => {
    if (files.has(file)) return;
    const text = readFileSync(join(folder, file), "utf8");
    files.set(file, text);
    if (!file.endsWith(".js")) return;
    for (const [, imported = ""] of text.matchAll(/(?:from|import)\s*"([^"]+\.js)"/g)) {
      const name = basename(imported);
      add(
        imported.includes("chunks/") || file.includes("chunks/")
          ? `assets/chunks/${name}`
          : `assets/${name}`,
      );
    }
  };
  for (const file of [...linked, ...chunks.map((name) => `assets/chunks/${name}`)]) add(file);
  const total = [html, ...files.values()].reduce((sum, text) => sum + gzipSync(text).length, 0);
  const { outputFiles } = await build({
    stdin: {
      contents:
        'export { createSnapshot, explain, formatExplanation } from "@flagsmith-isomorphic/core/explain";',
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    logLevel: "error",
  });
  return { total, engine: gzipSync(outputFiles[0]?.contents ?? "").length };
}
