import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Folder of the repository. */
export const root: string = resolve(import.meta.dirname, "../../..");

/** A page that is a Markdown file of the repository. */
export interface SourcePage {
  /** Path in the repository. */
  readonly source: string;
  /** Path in the site, without `.md`. */
  readonly path: string;
}

/** A group of the sidebar: pages by their path in the site. */
interface PageGroup {
  readonly title: string;
  readonly paths: readonly string[];
}

/** Order of the pages in the sidebar. A page of `docs/` that is in no group is listed under "More". */
const groups: readonly PageGroup[] = [
  {
    title: "Getting started",
    paths: ["overview", "start/node", "start/bun", "start/deno", "start/workers", "start/vercel"],
  },
  {
    title: "Concepts",
    paths: [
      "concepts",
      "flags-and-identities",
      "local-evaluation",
      "edge-and-stores",
      "fleets",
      "realtime",
      "analytics-events-experiments",
    ],
  },
  {
    title: "Recipes",
    paths: [
      "frameworks-and-hosts",
      "openfeature",
      "ofrep",
      "vercel-flags",
      "testing",
      "observability",
      "explain",
      "compare-with-remote",
      "command-line",
    ],
  },
  { title: "Failures", paths: ["failures-and-errors", "security"] },
  { title: "Moving", paths: ["migration"] },
  { title: "Reference", paths: ["options", "versioning"] },
  {
    title: "Measurements and internals",
    paths: ["performance", "soak-test", "mutation-tests", "internals", "source", "contributing"],
  },
];

/** Repository files outside of `docs/` that are pages of the site. */
const otherPages: readonly SourcePage[] = [
  { source: "README.md", path: "overview" },
  { source: "CONTRIBUTING.md", path: "contributing" },
  { source: "SECURITY.md", path: "security" },
  { source: "packages/core/src/README.md", path: "source" },
];

/** Lists every Markdown file that is a page. The list of pages in `docs/README.md` is not: the site has a sidebar. */
export function listSourcePages(): readonly SourcePage[] {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .sort();
  return [
    ...otherPages,
    ...docs.map((name) => ({ source: `docs/${name}`, path: name.slice(0, -".md".length) })),
  ];
}

/** Lists the groups of the sidebar with the pages that exist. */
export function listPageGroups(): readonly {
  readonly title: string;
  readonly pages: readonly SourcePage[];
}[] {
  const pages = new Map(listSourcePages().map((page) => [page.path, page]));
  const listed = new Set(groups.flatMap(({ paths }) => paths));
  const more = [...pages.keys()].filter((path) => !listed.has(path));
  return [...groups, { title: "More", paths: more }]
    .map(({ title, paths }) => ({ title, pages: paths.flatMap((path) => pages.get(path) ?? []) }))
    .filter(({ pages }) => pages.length > 0);
}

/** Returns the first heading of a Markdown text, without its marks. */
export function findTitle(markdown: string): string {
  const [, title = ""] = /^# (.+)$/m.exec(markdown) ?? [];
  return title.replaceAll("`", "");
}

/** Returns the title of a page. */
export function readTitle({ source, path }: SourcePage): string {
  if (path === "overview") return "Overview";
  return findTitle(readFileSync(join(root, source), "utf8"));
}

/** Names the examples in `examples/`. */
export function listExamples(): readonly string[] {
  return readdirSync(join(root, "examples"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
    .map(({ name }) => name);
}
