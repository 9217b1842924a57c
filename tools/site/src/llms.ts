import type { GeneratedPage } from "./example-pages.ts";
import { findTitle, listPageGroups, readTitle } from "./site-pages.ts";

const summary =
  "A server-side Flagsmith SDK for every JavaScript runtime: Node.js, Bun, Deno, Cloudflare Workers and Vercel Edge. " +
  "It evaluates feature flags remotely (one request per call) or locally (from the environment document).";

/**
 * Creates `llms.txt` (an index for language models), `llms-full.txt` (all pages in one file) and each page as
 * Markdown beside its HTML.
 */
export function createLlmsFiles(
  pages: readonly GeneratedPage[],
): readonly { readonly path: string; readonly text: string }[] {
  const sections = listPageGroups().map(({ title, pages }) => {
    const links = pages.map((page) => `- [${readTitle(page)}](/${page.path}.md)`);
    return `## ${title}\n\n${links.join("\n")}`;
  });
  const examples = pages
    .filter(({ path }) => path.startsWith("examples/") && path !== "examples/index")
    .map(({ path, markdown }) => `- [${findTitle(markdown)}](/${path}.md)`);
  const index = [
    `# flagsmith-isomorphic\n\n> ${summary}`,
    ...sections,
    `## Examples\n\n${examples.join("\n")}`,
    "## Optional\n\n- [All pages in one file](/llms-full.txt)",
  ].join("\n\n");
  const full = pages.map(({ path, markdown }) => `<!-- /${path}.md -->\n\n${markdown.trimEnd()}`);
  return [
    { path: "llms.txt", text: `${index}\n` },
    { path: "llms-full.txt", text: `${full.join("\n\n")}\n` },
    ...pages.map(({ path, markdown }) => ({ path: `${path}.md`, text: markdown })),
  ];
}
