import { createCssVariablesTheme } from "shiki";
import { type DefaultTheme, defineConfig, type MarkdownRenderer } from "vitepress";
import { renderDiagram } from "../src/diagrams.ts";
import { createHeadingId } from "../src/links.ts";
import { referenceEntries } from "../src/reference-entries.ts";
import { listExamples, listPageGroups, readTitle } from "../src/site-pages.ts";

/** Rendered blocks by language and code: VitePress renders each page for the browser, for its HTML and for the search. */
const blocks = new Map<string, string>();

/**
 * Renders blocks in the language `mermaid` when the site is built: readers load no library and no font. Renders equal
 * blocks once.
 */
function renderBlocks(markdown: MarkdownRenderer): void {
  const { options, renderer } = markdown;
  const { highlight } = options;
  options.highlight = (code, language, attributes) => {
    const key = `${language} ${attributes} ${code}`;
    const html = blocks.get(key) ?? highlight?.(code, language, attributes) ?? "";
    blocks.set(key, html);
    return html;
  };
  const renderFence = renderer.rules.fence;
  renderer.rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index];
    if (token?.info.trim() !== "mermaid") return renderFence?.(tokens, index, ...rest) ?? "";
    const key = `mermaid ${index} ${token.content}`;
    const html = blocks.get(key) ?? renderDiagram(token.content, `diagram-${index}`);
    blocks.set(key, html);
    return html;
  };
}

const sidebar: DefaultTheme.SidebarItem[] = [
  ...listPageGroups().map(({ title, pages }) => ({
    text: title,
    collapsed: title === "Measurements and internals",
    items: pages.map((page) => ({ text: readTitle(page), link: `/${page.path}` })),
  })),
  {
    text: "API reference",
    collapsed: true,
    items: [
      { text: "All names", link: "/reference/" },
      ...referenceEntries.map(({ specifier, path }) => ({ text: specifier, link: `/${path}` })),
    ],
  },
  {
    text: "Examples",
    collapsed: true,
    items: [
      { text: "All examples", link: "/examples/" },
      ...listExamples().map((name) => ({ text: name, link: `/examples/${name}` })),
    ],
  },
];

// Pages send nothing anywhere. Scripts within the page are those of VitePress for the colour scheme.
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Path under which the site is served. */
const base = process.env["SITE_BASE"] ?? "/";

const hasAllPages = process.env["SITE_PAGES"] !== "playground";

export default defineConfig({
  title: "flagsmith-isomorphic",
  description: "A server-side Flagsmith SDK for every JavaScript runtime",
  lang: "en",
  base,
  srcDir: ".pages",
  // Markdown for language models, which is copied as it is.
  srcExclude: ["public/**", ...(hasAllPages ? [] : ["!(index|playground).md", "*/**"])],
  outDir: process.env["SITE_FOLDER"] ?? "dist",
  ignoreDeadLinks: !hasAllPages,
  lastUpdated: false,
  // Pages load what the reader opens, and nothing in advance.
  router: { prefetchLinks: false },
  head: [
    ["meta", { "http-equiv": "Content-Security-Policy", content: contentSecurityPolicy }],
    ["link", { rel: "icon", type: "image/svg+xml", href: `${base}favicon.svg` }],
  ],
  markdown: {
    anchor: { slugify: createHeadingId },
    // Colours come from the style sheet, so that code is highlighted once and not for each colour scheme.
    theme: createCssVariablesTheme({ variablePrefix: "--code-" }),
    config: renderBlocks,
  },
  themeConfig: {
    logo: "/favicon.svg",
    nav: [
      { text: "Guide", link: "/overview", activeMatch: "^/(overview|start/)" },
      { text: "Playground", link: "/playground" },
      { text: "Options", link: "/options" },
      { text: "API", link: "/reference/", activeMatch: "^/reference/" },
      { text: "Errors", link: "/failures-and-errors#error-codes" },
    ],
    sidebar: { "/": sidebar },
    outline: { level: [2, 3] },
    search: { provider: "local" },
    externalLinkIcon: true,
  },
});
