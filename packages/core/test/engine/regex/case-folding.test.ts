import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileRegex } from "../../../src/engine/regex/regex.ts";
import { timeout } from "../support.ts";

const file = join(import.meta.dirname, "fixtures", "case-groups.json");
const groups = JSON.parse(readFileSync(file, "utf8")) as readonly string[];

const matches = (pattern: string, text: string) =>
  compileRegex(pattern).matches(text, { steps: 0 });
const escapeCode = (code: number) => `\\U${code.toString(16).padStart(8, "0")}`;
const codeOf = (character: string) => character.codePointAt(0) ?? 0;

describe("characters that differ only in case in Python", { timeout }, () => {
  test("are about 1,400 groups", () => {
    expect(groups.length).toBeGreaterThan(1400);
  });

  test("match each other as characters and in classes", () => {
    for (const group of groups) {
      for (const one of group) {
        for (const pattern of [one, `[${one}]`, `[#${one}-${one}]`]) {
          for (const other of group) expect(matches(`(?i)${pattern}`, other), group).toBe(true);
        }
      }
    }
  });

  test("match each other in large ranges", () => {
    for (const group of groups) {
      for (const one of group) {
        const code = codeOf(one);
        const range = `[${escapeCode(code)}-${escapeCode(code + 100)}]`;
        for (const other of group) expect(matches(`(?i)${range}`, other), group).toBe(true);
      }
    }
  });

  test("do not match their neighbours", () => {
    for (const group of groups) {
      const tested = [...group].flatMap((one) => [codeOf(one) - 1, codeOf(one) + 1]);
      for (const code of tested) {
        const other = String.fromCodePoint(code);
        if (!group.includes(other)) expect(matches(`(?i)[${group}]`, other), group).toBe(false);
      }
    }
  });
});
