import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../src/published-packages.ts";

const folder = join(root, ".github/workflows");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const workflows = readdirSync(folder).map((file) => ({
  file,
  text: readFileSync(join(folder, file), "utf8"),
}));

test.each(workflows)("$file runs scripts that exist", ({ text }) => {
  const names = Array.from(text.matchAll(/\bnpm run ([\w-]+)/g), ([, name]) => name);
  const paths = Array.from(text.matchAll(/\bnode (?!--)(\S+)/g), ([, path = ""]) => path);
  expect(names.filter((name) => scripts[name ?? ""] === undefined)).toEqual([]);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test.each(workflows)("$file pins each action, and keeps the token of its run small", ({ text }) => {
  const actions = Array.from(text.matchAll(/uses: (\S+)/g), ([, action]) => action);
  expect(actions.length).toBeGreaterThan(0);
  for (const action of actions) expect(action).toMatch(/@(?:v\d+|[0-9a-f]{40})$/);
  expect(text).toMatch(/^permissions:\n {2}contents: read\n\n/m);
});
