import { describe, expect, it } from "vitest";
import {
  describeType,
  findTraitNames,
  parseTraits,
} from "../.vitepress/theme/playground/traits.ts";
import { findBrokenLinks } from "../src/broken-links.ts";
import { findBrokenMarkdownLinks } from "../src/broken-markdown-links.ts";
import { createHeadingId, rewriteLinks } from "../src/links.ts";

describe("rewriteLinks", () => {
  it("leads to pages of the site from any folder", () => {
    const text = "[a](../options.md#retries) [b](../../examples/hono) [c](../../README.md)";
    expect(rewriteLinks(text, "docs/start/node.md")).toBe(
      "[a](/options.md#retries) [b](/examples/hono.md) [c](/overview.md)",
    );
  });

  it("leads to the code of a file of an example", () => {
    expect(rewriteLinks("[a](../examples/hono/src/app.ts)", "docs/openfeature.md")).toBe(
      "[a](/examples/hono.md#srcappts)",
    );
  });

  it("leaves external links, anchors and code alone", () => {
    const text = "[a](https://flagsmith.com) [b](#here)\n\n```js\nf[0](x.md);\n```\n";
    expect(rewriteLinks(text, "docs/options.md")).toBe(text);
  });

  it.each(["missing.md", "../tools/test.ts"])("refuses a link to %s", (target) => {
    expect(() => rewriteLinks(`[a](${target})`, "docs/options.md")).toThrow("docs/options.md");
  });
});

describe("findBrokenMarkdownLinks", () => {
  const target = {
    path: "start/target",
    markdown: "## `a` and [b](/start/target.md), c\n## Twice\n## Twice",
  };

  it.each([
    ["/start/target.md#a-and-b-c", 0],
    ["./start/target.md#twice-1", 0],
    ["/start/target.md#twice-2", 1],
    ["/start/missing.md", 1],
    ["#nothing", 1],
    ["https://example.com/x", 0],
  ])("finds in a link to %s this many errors: %i", (link, errors) => {
    const page = { path: "page", markdown: `[x](${link})\n\n\`\`\`js\nf[0](broken.md)\n\`\`\`` };
    expect(findBrokenMarkdownLinks([page, target])).toHaveLength(errors);
  });
});

it("finds links to missing pages and ids in HTML", () => {
  const pages = new Map([
    ["/a.html", '<h2 id="here"></h2><a href="/b.html#there">b</a><a class="x" href="#here">a</a>'],
    [
      "/b.html",
      '<a href="/a.html#gone">a</a><a href="/c.html">c</a><a href="https://c.example">c</a>',
    ],
  ]);
  expect(findBrokenLinks(pages)).toEqual([
    "/a.html: /b.html#there",
    "/b.html: /a.html#gone",
    "/b.html: /c.html",
  ]);
});

it("creates the same ids of headings as GitHub", () => {
  expect(createHeadingId("`forRequest(ctx)`, Next.js & more")).toBe("forrequestctx-nextjs--more");
});

it("reads numbers, booleans and quoted text as the value of a trait", () => {
  const rows = ["42", "-0.5", "true", '"42"', "1e3", "007", " text "].map((text, index) => ({
    name: `t${index}`,
    text,
  }));
  const values = Object.values(parseTraits([...rows, { name: " ", text: "unnamed" }]));
  expect(values).toEqual([42, -0.5, true, "42", "1e3", "007", " text "]);
  expect(values.slice(1, 4).map(describeType)).toEqual(["number", "boolean", "text"]);
});

it("lists the traits that the rules of a document read", () => {
  const condition = (property: string) => ({ property_: property, operator: "EQUAL", value: "1" });
  const rules = [
    {
      rules: [{ conditions: [condition("plan"), condition("$.identity.key")] }],
      conditions: [condition("age")],
    },
  ];
  expect(findTraitNames({ project: { segments: [{ rules }, null] } })).toEqual(["age", "plan"]);
  expect(findTraitNames(null)).toEqual([]);
});
