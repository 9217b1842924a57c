import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "vitepress";
import { findBrokenLinks } from "./broken-links.ts";
import { createReferencePages } from "./reference-pages.ts";
import { createPages, stagePages } from "./stage-pages.ts";

const site = resolve(import.meta.dirname, "..");

/** Pages to build: `all`, or the home page and the playground, which takes a third of the time. */
export type PageSelection = "all" | "playground";

/**
 * Builds the site. Returns the folder with its files.
 *
 * @throws Error if a page has a link to a page or a heading that does not exist.
 */
export async function buildSite(selection: PageSelection = "all"): Promise<string> {
  const reference = selection === "all" ? await createReferencePages() : [];
  stagePages([...createPages(), ...reference]);
  const folder = selection === "all" ? "dist" : join("dist", "playground-only");
  process.env["SITE_PAGES"] = selection;
  process.env["SITE_FOLDER"] = folder;
  await build(site);
  const output = join(site, folder);
  if (selection === "all") checkLinks(output);
  return output;
}

/** @throws Error */
function checkLinks(folder: string): void {
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".html"));
  const html = new Map(pages.map((path) => [`/${path}`, readFileSync(join(folder, path), "utf8")]));
  const broken = findBrokenLinks(html);
  if (broken.length > 0) throw new Error(`The site has broken links:\n${broken.join("\n")}`);
}
