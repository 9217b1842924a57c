import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createExamplePages, type GeneratedPage } from "./example-pages.ts";
import { rewriteLinks } from "./links.ts";
import { createLlmsFiles } from "./llms.ts";
import { listSourcePages, root } from "./site-pages.ts";

const site = resolve(import.meta.dirname, "..");

/** Folder of the pages that VitePress reads. */
const stagedPages = join(site, ".pages");

/** Pages that only the site has. */
const ownPages = join(site, "pages");

/**
 * Creates the pages: the Markdown files of the repository with links that work in the site, the examples, and the
 * pages that only the site has.
 */
export function createPages(): readonly GeneratedPage[] {
  return [
    ...listSourcePages().map(({ source, path }) => {
      const markdown = rewriteLinks(readFileSync(join(root, source), "utf8"), source);
      const isErrorPage = path === "failures-and-errors";
      return { path, markdown: showChart(isErrorPage ? addCodeAnchors(markdown) : markdown) };
    }),
    ...createExamplePages(),
    ...readdirSync(ownPages)
      .filter((name) => name.endsWith(".md"))
      .map((name) => ({
        path: name.slice(0, -".md".length),
        markdown: readFileSync(join(ownPages, name), "utf8"),
      })),
  ];
}

/** Writes all pages into one folder. */
export function stagePages(pages: readonly GeneratedPage[]): void {
  rmSync(stagedPages, { recursive: true, force: true });
  for (const { path, markdown } of pages) writePage(`${path}.md`, markdown);
  cpSync(join(root, "docs/charts"), join(stagedPages, "charts"), { recursive: true });
  cpSync(join(ownPages, "public"), join(stagedPages, "public"), { recursive: true });
  cpSync(join(root, "docs/charts"), join(stagedPages, "charts"), { recursive: true });
  for (const { path, text } of createLlmsFiles(pages)) writePage(`public/${path}`, text);
}

/** Lets charts follow the colour scheme that the reader has chosen in the site, and not only that of the system. */
function showChart(markdown: string): string {
  return markdown.replaceAll(
    /<picture>\s*<source [^>]*srcset="([^"]+)">\s*<img alt="([^"]*)" src="([^"]+)">\s*<\/picture>/g,
    (_picture, dark: string, alt: string, light: string) =>
      `<img class="in-light" alt="${alt}" src="${light}"><img class="in-dark" alt="${alt}" src="${dark}">`,
  );
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
