import type { GeneratedPage } from "./example-pages.ts";
import { createHeadingId } from "./links.ts";

/** Finds the links between pages whose page or heading does not exist, in the Markdown of the pages. */
export function findBrokenMarkdownLinks(pages: readonly GeneratedPage[]): readonly string[] {
  const texts = new Map(pages.map(({ path, markdown }) => [`/${path}.md`, withoutCode(markdown)]));
  const ids = new Map([...texts].map(([path, text]) => [path, findIds(text)]));
  return [...texts].flatMap(([page, text]) =>
    Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target = ""]) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const { pathname, hash } = new URL(target, `http://site${page}`);
        const path = pathname.endsWith("/")
          ? `${pathname}index.md`
          : pathname.replace(/(\.md)?$/, ".md");
        const id = decodeURIComponent(hash.slice(1));
        return !texts.has(path) || (id !== "" && !ids.get(path)?.has(id));
      })
      .map((target) => `${page}: ${target}`),
  );
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^ *(`{3,})[^\n]*\n.*?^ *\1$/gms, "");
}

function findIds(text: string): ReadonlySet<string> {
  const ids = new Set(Array.from(text.matchAll(/\sid="([^"]+)"/g), ([, id = ""]) => id));
  for (const [, heading = ""] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    // Headings show the text of their links and code.
    const id = createHeadingId(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1"));
    for (let count = 0; ; count++) {
      const unique = count === 0 ? id : `${id}-${count}`;
      if (ids.has(unique)) continue;
      ids.add(unique);
      break;
    }
  }
  return ids;
}
