import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { findTitle, listExamples, root } from "./site-pages.ts";

/** A generated page. */
export interface GeneratedPage {
  /** Path in the site, without `.md`. */
  readonly path: string;
  readonly markdown: string;
}

/** Languages for the highlighting of files, by extension. */
const languages: Readonly<Record<string, string>> = {
  ".ts": "ts",
  ".tsx": "tsx",
  ".json": "json",
  ".svelte": "svelte",
  ".html": "html",
};

/** Creates a page for each example with its README and its files, and an index of them. */
export function createExamplePages(): readonly GeneratedPage[] {
  const pages = listExamples().map((name) => ({
    path: `examples/${name}`,
    markdown: describeExample(`examples/${name}`),
  }));
  const rows = pages.map(({ path, markdown }) => {
    const [, summary = ""] = /^# .+\n\n(.+?[.:])(?:\s|$)/s.exec(markdown) ?? [];
    const name = path.slice("examples/".length);
    return `| [${findTitle(markdown)}](./${name}.md) | ${summary.replaceAll("\n", " ")} |`;
  });
  const index = `# Examples

Complete programs, one per host. Each has a test, and the tests of this repository run them.

| example | content |
| --- | --- |
${rows.join("\n")}
`;
  return [{ path: "examples/index", markdown: index }, ...pages];
}

function describeExample(folder: string): string {
  const readme = readFileSync(join(root, folder, "README.md"), "utf8");
  const files = listFiles(folder).map((file) => {
    const language = languages[extname(file)] ?? "text";
    const code = readFileSync(join(root, folder, file), "utf8").trimEnd();
    return `### ${file}\n\n\`\`\`\`${language}\n${code}\n\`\`\`\`\n`;
  });
  return `${readme.trimEnd()}\n\n## Files\n\n${files.join("\n")}`;
}

/** Lists the files that are worth reading: sources and tests, without lockfiles and settings of editors. */
function listFiles(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter(
      (file) => !/(^|\/)(node_modules|dist|\.next|\.output|\.svelte-kit|\.wrangler)\//.test(file),
    )
    .filter((file) => extname(file) in languages && !/tsconfig.*\.json$/.test(file))
    .sort();
}
