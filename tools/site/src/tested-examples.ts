import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findTitle, listSourcePages, root } from "./site-pages.ts";

/** A statement of an example in the documentation, which tests run. */
interface TestedExample {
  readonly code: string;
  /** Path of the page in the site. */
  readonly path: string;
  readonly title: string;
}

/**
 * Finds a statement that calls a method of a client in the code blocks of `docs/`. The calls of a client are documented
 * there, and not beside their declaration.
 */
export function findTestedExample(method: string): TestedExample | undefined {
  const name = `.${method}(`;
  for (const { source, path } of listSourcePages()) {
    if (!source.startsWith("docs/")) continue;
    const text = readFileSync(join(root, source), "utf8");
    for (const [, block = ""] of text.matchAll(/^```(?:js|ts)\n(.*?)^```$/gms)) {
      const line = block
        .split("\n")
        .map((line) => line.trim().replace(/ \/\/ .*$/, ""))
        .find((line) => {
          return (
            line.includes(name) &&
            /flagsmith\b/.test(line) &&
            line.endsWith(";") &&
            isBalanced(line)
          );
        });
      if (line !== undefined) return { code: line, path, title: findTitle(text) };
    }
  }
  return undefined;
}

/** Whether a line closes what it opens, so that it is a whole statement. */
function isBalanced(line: string): boolean {
  const count = (pattern: RegExp) => line.match(pattern)?.length ?? 0;
  return count(/\(/g) === count(/\)/g) && count(/\{/g) === count(/\}/g);
}
