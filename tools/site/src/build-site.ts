import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "vitepress";
import { findBrokenLinks } from "./broken-links.ts";
import { stagePages } from "./stage-pages.ts";

const site = resolve(import.meta.dirname, "..");

/** Folder of the built site. */
export const builtSite: string = join(site, "dist");

/** Builds the site. @throws Error if a page has a link to a page or a heading that does not exist. */
export async function buildSite(): Promise<void> {
  stagePages([]);
  await build(site);
  const pages = readdirSync(builtSite, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".html"));
  const html = new Map(
    pages.map((path) => [`/${path}`, readFileSync(join(builtSite, path), "utf8")]),
  );
  const broken = findBrokenLinks(html);
  if (broken.length > 0) throw new Error(`The site has broken links:\n${broken.join("\n")}`);
}
