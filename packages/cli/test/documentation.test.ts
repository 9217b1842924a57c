import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { commands } from "../src/commands/index.ts";
import { exitCodes } from "../src/exit-code.ts";

const root = resolve(import.meta.dirname, "../../..");
const pages = ["docs/command-line.md", "packages/cli/README.md"];

/** The code blocks of a page in one language. */
function readBlocks(page: string, language: string): readonly string[] {
  const blocks = readFileSync(resolve(root, page), "utf8").matchAll(/```(\w+)\n([\s\S]*?)```/g);
  return Array.from(blocks, ([, name, code = ""]) => (name === language ? code : "")).filter(
    Boolean,
  );
}

/** The command lines of a page, and those in the help, without the name of the program. */
function listLines(): readonly string[] {
  const program = /^\s*(?:npx @flagsmith-isomorphic\/cli|flagsmith-isomorphic) (.+?)(?: +#.*)?$/;
  const documented = pages
    .flatMap((page) => readBlocks(page, "sh").flatMap((code) => code.split("\n")))
    .flatMap((line) => program.exec(line)?.[1] ?? []);
  return [...new Set([...documented, ...commands.flatMap(({ examples }) => examples)])];
}

describe("every command line of the documentation and of the help is valid", () => {
  test.each(listLines())("%s", (line) => {
    const [words = ""] = line.split(" > ");
    const [name, ...others] = words.split(" ");
    const command = commands.find((one) => one.name === name);
    const known = [...(command?.options ?? []).map(({ flags }) => flags.split(" ")[0]), "--help"];
    expect(known).toEqual(expect.arrayContaining(others.filter((word) => word.startsWith("--"))));
  });
});

test("the page has a section for each command, with all exit codes", () => {
  const page = readFileSync(resolve(root, "docs/command-line.md"), "utf8");
  for (const { name } of commands) expect(page).toContain(`\n## ${name}\n`);
  for (const code of Object.values(exitCodes)) expect(page).toMatch(new RegExp(`\\| ${code} +\\|`));
});
