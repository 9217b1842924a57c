import type { GeneratedPage } from "./example-pages.ts";
import { findTitle, listPageGroups, readTitle } from "./site-pages.ts";

const summary =
  "A server-side Flagsmith SDK for every JavaScript runtime: Node.js, Bun, Deno, Cloudflare Workers and Vercel Edge. " +
  "It evaluates feature flags remotely (one request per call) or locally (from the environment document).";

/** Pages that are of no use without a browser. */
const browserPages: readonly string[] = ["index", "playground"];

/**
 * Creates `llms.txt` (an index for language models), `llms-full.txt` (all pages in one file, without the API
 * reference) and each page as Markdown beside its HTML.
 */
export function createLlmsFiles(
  pages: readonly GeneratedPage[],
): readonly { readonly path: string; readonly text: string }[] {
  const texts = pages.filter(({ path }) => !browserPages.includes(path));
  const listPages = (prefix: string) =>
    texts
      .filter(({ path }) => path.startsWith(prefix) && path !== `${prefix}index`)
      .map(({ path, markdown }) => `- [${findTitle(markdown)}](/${path}.md)`);
  const sections = [
    ...listPageGroups().map(({ title, pages }) => ({
      title,
      links: pages.map((page) => `- [${readTitle(page)}](/${page.path}.md)`),
    })),
    { title: "API reference", links: listPages("reference/") },
    { title: "Examples", links: listPages("examples/") },
    { title: "Optional", links: ["- [All pages in one file](/llms-full.txt)"] },
  ];
  const index = sections
    .filter(({ links }) => links.length > 0)
    .map(({ title, links }) => `## ${title}\n\n${links.join("\n")}`);
  const full = texts
    .filter(({ path }) => !path.startsWith("reference/"))
    .map(({ path, markdown }) => `<!-- /${path}.md -->\n\n${markdown.trimEnd()}`);
  return [
    {
      path: "llms.txt",
      text: `${[`# flagsmith-isomorphic\n\n> ${summary}`, ...index].join("\n\n")}\n`,
    },
    { path: "llms-full.txt", text: `${full.join("\n\n")}\n` },
    ...texts.map(({ path, markdown }) => ({ path: `${path}.md`, text: markdown })),
  ];
}
