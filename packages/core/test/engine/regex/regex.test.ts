import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { attempt } from "../../../src/engine/refusal.ts";
import { compileRegex } from "../../../src/engine/regex/regex.ts";
import { timeout } from "../support.ts";

interface Table {
  readonly texts: readonly string[];
  /** One 0 or 1 per text; null where Python refuses the pattern. */
  readonly patterns: Readonly<Record<string, string | null>>;
}

const table = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures", "regex-table.json"), "utf8"),
) as Table;

/** Valid in Python, but not possible in linear time, or (`\\N`) without a table of all names. */
const unsupported = [
  "(a)\\1",
  "(?P<n>a)(?P=n)",
  "(a)?(?(1)b|c)",
  "(?>a+)b",
  "a++b",
  "a*+",
  "a?+",
  "\\N{LATIN SMALL LETTER A}",
];

describe("a pattern", () => {
  const patterns = Object.entries(table.patterns);

  test("is compared with Python for at least 150 patterns and 100 texts", () => {
    expect(patterns.length).toBeGreaterThanOrEqual(150);
    expect(table.texts.length).toBeGreaterThanOrEqual(100);
  });

  test.each(
    patterns.filter(([pattern, verdicts]) => verdicts !== null && !unsupported.includes(pattern)),
  )("matches like in Python: %s", (pattern, verdicts) => {
    const matcher = compiled(pattern);
    const wrong = table.texts.filter(
      (text, i) => matcher.matches(text, { steps: 0 }) !== (verdicts?.[i] === "1"),
    );
    expect(wrong).toEqual([]);
  });

  test.each(unsupported)("can be unsupported: %s", (pattern) => {
    expect(table.patterns[pattern]).toMatch(/1/);
    expect(() => compiled(pattern)).toThrow("not supported");
  });

  test.each(patterns.filter(([, verdicts]) => verdicts === null))(
    "is refused if Python refuses it: %s",
    (pattern) => {
      expect(() => compiled(pattern)).toThrow(/^(?:(?:invalid|not supported) at |missing ")/);
    },
  );
});

describe("the size of a pattern", () => {
  test.each([
    [".*.{0,950}b", "more than 500 states"],
    ["((a{100}){100}){100}", "more than 500 states"],
    ["a{4294967294}", "more than 500 states"],
    ["(".repeat(20_000), "more than 100 levels"],
    ["(".repeat(20_001), "more than 20000 characters"],
    ["(?:".repeat(5000) + ")".repeat(5000), "more than 100 levels"],
    ["(".repeat(101) + ")".repeat(101), "more than 100 levels"],
    ["(".repeat(100) + ")".repeat(100), undefined],
    ["(?=".repeat(90) + ")".repeat(90), undefined],
    ["(?:){4294967294}", undefined],
    ["[a-z]".repeat(499), undefined],
    ["[a-z]".repeat(500), "more than 500 states"],
    ["a|".repeat(10_000), "more than 500 states"],
    [Array.from({ length: 40 }, (_, i) => `(?=${i})`).join(""), "more than 30 assertions"],
  ])("is bounded: %#", (pattern, reason) => {
    if (reason === undefined) expect(() => compiled(pattern)).not.toThrow();
    else expect(() => compiled(pattern)).toThrow(reason);
  });
});

const length = 50_000;
const manyA = "a".repeat(length);
/** Not periodic, and the same in each run. */
const mixed = Array.from({ length: 4000 }, (_, i) =>
  (Math.imul(i + 1, 2_654_435_761) >>> 13) & 1 ? "a" : "b",
).join("");

describe("the steps of a match", { timeout }, () => {
  test.each([
    ["^(a+)+$", `${manyA}b`, 4],
    ["(?=(a+)+$)a*b", `${manyA}b`, 6],
    ["^(?!.*x.*y)(a|b)*$", "ab".repeat(length / 2), 8],
    [".*a.*a.*b", manyA, 4],
    ["(a|a)*c", manyA, 4],
    [".*.{0,240}b", manyA, 10],
    ["(?:\\b.\\B.|.\\b){0,40}.*\\bq", "a b".repeat(length / 3), 8],
    // These have more sets of states than the cache holds, so a character visits every state again.
    ["(a|b)*a(a|b){120}c", mixed, 1000],
    ["(?s).*(?<=a.{100})(?<!b.{90})(?<=[ab].{80})z", mixed, 1000],
    ["(?:(?=.{50}a).|(?<=b.{60}).)*(a|b)*a(a|b){50}c", mixed, 1000],
    ["(?i)(?:[à-ÿ]|[a-z])*z$", "É".repeat(4000), 1000],
  ])("are bounded per character: %s", (pattern, text, maxSteps) => {
    const matcher = compiled(pattern);
    expect(countSteps(matcher, text) / text.length).toBeLessThan(maxSteps);
    expect(countSteps(matcher, text) / text.length).toBeLessThan(maxSteps);
  });

  test("do not grow with the number of different texts", () => {
    const matcher = compiled("(a|b)*a(a|b){9}c");
    const measureSteps = () => countSteps(matcher, "abaabbabaabbbabab".repeat(4));
    measureSteps();
    for (let i = 0; i < 2000; i++) {
      countSteps(matcher, i.toString(2).replaceAll("1", "a").replaceAll("0", "b"));
    }
    expect(measureSteps()).toBeLessThan(17 * 4 * 100);
  });
});

function countSteps(matcher: ReturnType<typeof compiled>, text: string): number {
  const work = { steps: 0 };
  matcher.matches(text, work);
  return work.steps;
}

function compiled(pattern: string) {
  return attempt(
    () => compileRegex(pattern),
    (reason) => {
      throw new Error(reason);
    },
  );
}
