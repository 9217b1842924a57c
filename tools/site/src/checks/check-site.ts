import { deepEqual, ok } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ContractResult, type PlainCase, runCases } from "../../../contract/src/contract.ts";
import { findBrokenMarkdownLinks } from "../broken-markdown-links.ts";
import { buildSite } from "../build-site.ts";
import { findUndocumentedNames, readDeclarations } from "../reference-pages.ts";
import { root } from "../site-pages.ts";
import { createPages } from "../stage-pages.ts";
import { measurePlayground } from "./page-size.ts";
import { runPlayground } from "./playground-cases.ts";

const needsAllPages = "runs with FLAGSMITH_SITE=all, as in .ci/run";

/** In bytes, besides the engine. */
const maxPlaygroundBytes = 100_000;

/**
 * Checks the site. With `FLAGSMITH_SITE=all` all pages are built, otherwise the home page and the playground; links
 * are checked in the Markdown of all pages in any case.
 */
export async function checkSite(): Promise<ContractResult[]> {
  const hasAllPages = process.env["FLAGSMITH_SITE"] === "all";
  let folder = "";
  const cases: readonly PlainCase[] = [
    {
      name: "every link between pages leads to a page and a heading",
      run: async () => deepEqual(findBrokenMarkdownLinks(createPages()), []),
    },
    {
      name: "every error code has an anchor",
      run: async () => {
        const source = readFileSync(join(root, "packages/core/src/errors.ts"), "utf8");
        const codes = Array.from(source.matchAll(/^ {2}\| "([A-Z_]+)"/gm), ([, code = ""]) => code);
        const page = createPages().find(({ path }) => path === "failures-and-errors");
        ok(codes.length > 5);
        deepEqual(
          codes.filter((code) => !page?.markdown.includes(`id="${code}"`)),
          [],
        );
      },
    },
    {
      name: hasAllPages ? "the site is built" : "the playground is built",
      run: async () => {
        folder = await buildSite(hasAllPages ? "all" : "playground");
      },
    },
    {
      name: "all pages are built, and the files for language models",
      ...(!hasAllPages && { skipReason: needsAllPages }),
      run: async () => {
        for (const { path } of createPages()) ok(existsSync(join(folder, `${path}.html`)), path);
        const index = readFileSync(join(folder, "llms.txt"), "utf8");
        const files = Array.from(index.matchAll(/\]\(\/([^)]+)\)/g), ([, file = ""]) => file);
        ok(files.length > 30);
        for (const file of files) ok(existsSync(join(folder, file)), file);
      },
    },
    {
      name: "every public name has a description, and an example if applications call it",
      ...(!hasAllPages && { skipReason: needsAllPages }),
      run: async () => deepEqual(findUndocumentedNames((await readDeclarations()).project), []),
    },
  ];
  const results = await runCases(cases);
  if (folder === "") return results;
  const size: PlainCase = {
    name: "playground: at most 100 kB besides the engine",
    run: async () => {
      const { total, engine } = await measurePlayground(folder);
      console.log(`playground: ${total} bytes with gzip, ${engine} of them are the engine`);
      ok(total - engine <= maxPlaygroundBytes, `${total - engine} bytes`);
    },
  };
  return [...results, ...(await runCases([size])), ...(await runPlayground(folder))];
}
