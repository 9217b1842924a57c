import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { listExamples, listSourcePages, root } from "./site-pages.ts";

/** Creates the id of a heading as GitHub does, so that the same links work in the repository and in the site. */
export function createHeadingId(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, "")
    .replaceAll(" ", "-");
}

/**
 * Replaces the relative links of a Markdown text by links within the site. Fenced code is left as it is.
 *
 * @param source - Path of the text in the repository.
 * @throws Error if a link leads to a file that is no page.
 */
export function rewriteLinks(markdown: string, source: string): string {
  const parts = markdown.split(/(^ *```[^\n]*\n.*?^ *```$)/gms);
  return parts.map((part, index) => (index % 2 === 1 ? part : rewriteText(part, source))).join("");
}

function rewriteText(text: string, source: string): string {
  return text.replaceAll(/\]\(([^)\s]+)\)/g, (link, target: string) => {
    if (/^[a-z]+:/.test(target) || target.startsWith("#") || target.startsWith("/")) return link;
    const [path = "", hash] = target.split("#");
    const file = posix.join(posix.dirname(source), path).replace(/\/$/, "");
    return `](${findPageUrl(file, source)}${hash === undefined ? "" : `#${hash}`})`;
  });
}

/** Returns the URL of a repository file in the site. @throws Error */
function findPageUrl(file: string, source: string): string {
  const page = listSourcePages().find((candidate) => candidate.source === file);
  if (page !== undefined) return `/${page.path}.md`;
  const name = file.split("/").slice(0, 2).join("/");
  if (!existsSync(join(root, file)))
    throw new Error(`${source} links to ${file}, which does not exist.`);
  if (file.startsWith("tools/site/pages/")) return file.slice("tools/site/pages".length);
  if (file === "docs/README.md") return "/overview.md";
  if (file === "examples") return "/examples/index.md";
  if (file.startsWith("examples/") && listExamples().includes(name.slice("examples/".length))) {
    const inner = file.slice(name.length + 1);
    return `/${name}.md${inner === "" ? "" : `#${createHeadingId(inner)}`}`;
  }
  throw new Error(`${source} links to ${file}, which is no page of the site.`);
}
