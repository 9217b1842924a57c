import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createExamplePages, type GeneratedPage } from "./example-pages.ts";
import { rewriteLinks } from "./links.ts";
import { createLlmsFiles } from "./llms.ts";
import { listSourcePages, root } from "./site-pages.ts";

const site = resolve(import.meta.dirname, "..");

/** Folder of the pages that VitePress reads. */
export const stagedPages: string = join(site, ".pages");

/**
 * Writes all pages into one folder: the Markdown files of the repository with links that work in the site, the
 * examples, the API reference, and the pages that only the site has.
 */
export function stagePages(reference: readonly GeneratedPage[]): void {
  rmSync(stagedPages, { recursive: true, force: true });
  const pages: readonly GeneratedPage[] = [
    ...listSourcePages().map(({ source, path }) => {
      const markdown = rewriteLinks(readFileSync(join(root, source), "utf8"), source);
      return {
        path,
        markdown: path === "failures-and-errors" ? addCodeAnchors(markdown) : markdown,
      };
    }),
    ...createExamplePages(),
  ];
  for (const { path, markdown } of [...pages, ...reference]) writePage(`${path}.md`, markdown);
  cpSync(join(site, "pages"), stagedPages, { recursive: true });
  for (const { path, text } of createLlmsFiles(pages)) writePage(`public/${path}`, text);
}

/** Gives each row of an error code an anchor: `failures-and-errors.html#API_STATUS`. */
function addCodeAnchors(markdown: string): string {
  return markdown.replaceAll(
    /^\| `([A-Z_]+)` /gm,
    (_row, code: string) => `| <a id="${code}" href="#${code}"><code>${code}</code></a> `,
  );
}

function writePage(path: string, text: string): void {
  const file = join(stagedPages, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
