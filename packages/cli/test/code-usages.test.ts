import { describe, expect, test } from "vitest";
import {
  findMentions,
  findUsagesInPage,
  findUsagesInScript,
  type Usage,
} from "../src/code-usages.ts";

const known = new Set(["dark_mode", "max_items", "banner", "it's"]);

const format = ({ kind, feature, line }: Usage) => `${kind} ${feature} ${line}`;

describe("scripts", () => {
  test.each<readonly [string, readonly string[]]>([
    ['flags.isFeatureEnabled("dark_mode")', ["call dark_mode 1"]],
    ["flags?.getFeatureValue('max_items')", ["call max_items 1"]],
    ["flags.isFeatureEnabled(`dark_mode`)", ["call dark_mode 1"]],
    ["flags.isFeatureEnabled('it\\'s')", ["call it's 1"]],
    ['userFlags.getNumber("other", 25)', ["call other 1"]],
    ['translations.getString("title")', []],
    ['flags!.getNumber("other", 25)', ["call other 1"]],
    ['(flags as Flags).getString("other", "")', ["call other 1"]],
    ['return (flags as Flags).getString("other", "")', ["call other 1"]],
    ['parse(await flags).getString("title")', []],
    ['const n = getFlags(user).getNumber("other", 25)', ["call other 1"]],
    ['return (await sdk.getIdentityFlags(user(1))).getNumber("other", 25)', ["call other 1"]],
    ['parse(flags).getString("title")', []],
    [')).getString("title")', []],
    ['flags.isFeatureEnabled("other" as FeatureName)', ["call other 1"]],
    ['flags.getNumber("other" satisfies FeatureName, 25)', ["call other 1"]],
    ['client.getBooleanValue("new_one", false, context)', ["call new_one 1"]],
    ['client.getObjectValue<Theme>("theme", {})', ["call theme 1"]],
    ['client.getObjectValue<Map<string, () => Set<A>>>("theme", {})', ["call theme 1"]],
    ['flags?.isFeatureEnabled?.("old_one")', ["call old_one 1"]],
    ['if (flags.isFeatureEnabled < limit) run("other");', []],
    ['flags\n  // why\n  .isFeatureEnabled(\n    "dark_mode",\n  )', ["call dark_mode 4"]],
    ['// flags.isFeatureEnabled("dark_mode")', []],
    ['/* "max_items" */', []],
    ["const { max_items } = appFlags.in(flags);", ["mention max_items 1"]],
    ["appFlags.in(flags).max_items", ["mention max_items 1"]],
    ['const name = "banner";', ["mention banner 1"]],
    ["const text = 'The banner is big';", []],
    ['const re = /"dark_mode"/; flags.hasFeature("x")', ["call x 1"]],
    [`\`\${flags.isFeatureEnabled("dark_mode")}\``, ["call dark_mode 1"]],
  ])("%s has the usages %j", (code, expected) => {
    expect(findUsagesInScript(code, known).usages.map(format)).toEqual(expected);
  });

  test("the members of defineFlags are definitions, without nested ones", () => {
    const code = `export const appFlags = defineFlags({
      dark_mode: toggleFlag({ default: true }),
      "max-items": numberFlag(25, { integer: true, min: 1 }),
      ["__proto__"]: stringFlag("a"),
      banner: jsonFlag(schema, { title: "", nested: { other: 1 } }),
    });`;
    expect(findUsagesInScript(code, known).usages.map(format)).toEqual([
      "definition dark_mode 2",
      "definition max-items 3",
      "definition __proto__ 4",
      "definition banner 5",
    ]);
  });

  test("a computed name is reported, and a declaration is not", () => {
    const code = `
      interface Flags { isFeatureEnabled(name: string): boolean }
      class Own { isFeatureEnabled(name) { return flags.isFeatureEnabled(name); } }
      flags.isFeatureEnabled("prefix_" + name);
      flags.isFeatureEnabled(\`prefix_\${name}\`);`;
    const { usages, computed } = findUsagesInScript(code, known);
    expect(usages).toEqual([]);
    expect(computed).toEqual([3, 4, 5]);
  });

  test("attributes in JSX are mentions", () => {
    const code =
      '<Feature name="max_items">{flags.isFeatureEnabled("dark_mode") && <B />}</Feature>';
    expect(findUsagesInScript(code, known, { jsx: true }).usages.map(format)).toEqual([
      "call dark_mode 1",
      "mention max_items 1",
    ]);
  });
});

test.each([
  "const first = <T,>(list: T[]) => list[0];",
  "const first = <T extends object>(list: T[]) => list[0];",
  "type First = <T>(list: T[]) => T;",
  "const first = <T>(list: T[], other = <br />) => list[0] ?? other;",
])("the code behind %s is searched", (generic) => {
  const code = `${generic}
const on = flags.isFeatureEnabled("old_one");
flags.getFeatureValue(name);
export const appFlags = defineFlags({ dark_mode: toggleFlag() });
export const a = <p>don't<br /> {flags.isFeatureEnabled("new_one") && "max_items"} \`</p>;
${generic}
const last = <a>{flags.isFeatureEnabled("last_one")}</a>;`;
  const { usages, computed } = findUsagesInScript(code, known, { jsx: true });
  expect(usages.map(format)).toEqual([
    "call old_one 2",
    "definition dark_mode 4",
    "call new_one 5",
    "call last_one 7",
    "mention max_items 5",
  ]);
  expect(computed).toEqual([3]);
});

test("scripts in pages have the lines of the page, and templates are searched by name", () => {
  const page = `<template>
  <p v-if="flags.dark_mode">dark</p>
</template>
<script setup lang="ts">
flags.getFeatureValue("unknown_one");
flags.getFeatureValue("max_items");
</script>`;
  expect(findUsagesInPage(page, known).usages.map(format)).toEqual([
    "call unknown_one 5",
    "call max_items 6",
    "mention dark_mode 2",
  ]);
});

test.each<readonly [string, readonly string[]]>([
  [`<p v-if="flags.isFeatureEnabled('old_one')">`, ["call old_one 1"]],
  ['{#if on}\n{flags.getNumber("max_items", 1)}', ["call max_items 2"]],
  ['<!-- flags.isFeatureEnabled("old_one") -->', []],
  ['<!-- <script>flags.isFeatureEnabled("old_one")</script> -->', []],
  ['<script>let a = "<!--"; flags.isFeatureEnabled("old_one")</script>', ["call old_one 1"]],
  [`<script src="a.ts" />\n<p v-if="flags.isFeatureEnabled('old_one')">`, ["call old_one 2"]],
  ["<p>{t('title')} don't</p>", []],
  ['---\r\nconst on = flags.isFeatureEnabled("old_one");\r\n---\r\n<p />', ["call old_one 2"]],
])("the page %j has the usages %j", (page, expected) => {
  expect(findUsagesInPage(page, known).usages.map(format)).toEqual(expected);
});

test("the time to search a large file is proportional to its size only", () => {
  const measure = (search: () => unknown) => {
    const start = performance.now();
    search();
    return performance.now() - start;
  };
  const comparisons = "if (a < b) { c = d }\n".repeat(20_000);
  const handlers = `<p onclick="go('x')">text</p>\n`.repeat(40_000);
  const openTags = "<script".repeat(100_000);
  const definitions = "defineFlags({".repeat(30_000);
  const names = Array.from({ length: 5000 }, (_, index) => `feature_${index}`);
  const assignments = Array.from({ length: 80_000 }, (_, index) => `a = ${names[index % 5000]}\n`);
  expect(measure(() => findMentions(assignments.join(""), new Set(names)))).toBeLessThan(10_000);
  expect(measure(() => findUsagesInScript(comparisons, known))).toBeLessThan(10_000);
  expect(measure(() => findUsagesInScript(definitions, known))).toBeLessThan(10_000);
  expect(measure(() => findUsagesInPage(handlers, known))).toBeLessThan(10_000);
  expect(measure(() => findUsagesInPage(openTags, known))).toBeLessThan(10_000);
});

test("other languages are searched for whole names", () => {
  const code =
    'flags.is_feature_enabled("dark_mode")\nmax_items_total = 1\nmax_items = max_items + "it\'s"\n';
  expect(findMentions(code, known).map(format)).toEqual([
    "mention dark_mode 1",
    "mention max_items 3",
    "mention it's 3",
  ]);
});
