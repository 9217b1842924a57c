import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { attempt } from "../../../src/engine/refusal.ts";
import { compileRegex } from "../../../src/engine/regex/regex.ts";

interface Table {
  readonly texts: readonly string[];
  /** One 0 or 1 per text; null where Python refuses the pattern. */
  readonly patterns: Readonly<Record<string, string | null>>;
}

const table = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures", "regex-table.json"), "utf8"),
) as Table;

/** Valid in Python, but not to be had in linear time, or (by name) without a table of all characters. */
const UNSUPPORTED = [
  "(a)\\1",
  "(?P<n>a)(?P=n)",
  "(a)?(?(1)b|c)",
  "(?>a+)b",
  "a++b",
  "a*+",
  "a?+",
  "\\N{LATIN SMALL LETTER A}",
];

describe("the table of Python's verdicts", () => {
  const patterns = Object.entries(table.patterns);

  test("has enough patterns and texts", () => {
    expect(patterns.length).toBeGreaterThanOrEqual(150);
    expect(table.texts.length).toBeGreaterThanOrEqual(100);
  });

  test.each(
    patterns.filter(([pattern, verdicts]) => verdicts !== null && !UNSUPPORTED.includes(pattern)),
  )("agrees on every text: %s", (pattern, verdicts) => {
    const regex = compiled(pattern);
    const wrong = table.texts.filter((text, i) => regex.test(text) !== (verdicts?.[i] === "1"));
    expect(wrong).toEqual([]);
  });

  test.each(UNSUPPORTED)("is not followed where the pattern is unsupported: %s", (pattern) => {
    expect(table.patterns[pattern]).toMatch(/1/);
    expect(() => compiled(pattern)).toThrow("not supported");
  });

  test.each(patterns.filter(([, verdicts]) => verdicts === null))(
    "refuses what Python refuses: %s",
    (pattern) => {
      expect(() => compiled(pattern)).toThrow(/^(?:invalid|not supported) at /);
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
    ["(?=".repeat(90) + ")".repeat(90), undefined],
    ["(?:){4294967294}", undefined],
    ["[a-z]".repeat(499), undefined],
    ["a|".repeat(10_000), "more than 500 states"],
    [Array.from({ length: 40 }, (_, i) => `(?=${i})`).join(""), "more than 30 assertions"],
  ])("is bounded: %#", (pattern, reason) => {
    if (reason === undefined) expect(() => compiled(pattern)).not.toThrow();
    else expect(() => compiled(pattern)).toThrow(reason);
  });
});

const LENGTH = 50_000;
const as = "a".repeat(LENGTH);
/** Neither periodic nor random between runs. */
const mixed = Array.from({ length: LENGTH }, (_, i) =>
  (Math.imul(i + 1, 2_654_435_761) >>> 13) & 1 ? "a" : "b",
).join("");

describe("the steps of a match", () => {
  test.each([
    ["^(a+)+$", `${as}b`, 4],
    ["(?=(a+)+$)a*b", `${as}b`, 6],
    ["^(?!.*x.*y)(a|b)*$", "ab".repeat(LENGTH / 2), 8],
    [".*a.*a.*b", as, 4],
    ["(a|a)*c", as, 4],
    [".*.{0,240}b", as, 10],
    ["(?:\\b.\\B.|.\\b){0,40}.*\\bq", "a b".repeat(LENGTH / 3), 8],
    // More sets than are worth keeping: worked out anew for each character, once per state.
    ["(a|b)*a(a|b){120}c", mixed, 1000],
    ["(?s).*(?<=a.{100})(?<!b.{90})(?<=[ab].{80})z", mixed, 1000],
    ["(?:(?=.{50}a).|(?<=b.{60}).)*(a|b)*a(a|b){50}c", mixed, 1000],
    ["(?i)(?:[à-ÿ]|[a-z])*z$", "É".repeat(LENGTH), 1000],
  ])("are bounded per character: %s", (pattern, text, most) => {
    const regex = compiled(pattern);
    regex.test(text);
    const first = regex.meter.steps;
    expect(first / text.length).toBeLessThan(most);
    regex.test(text);
    expect((regex.meter.steps - first) / text.length).toBeLessThan(most);
  });

  test("stay the same however many different texts come", () => {
    const regex = compiled("(a|b)*a(a|b){9}c");
    const cost = () => {
      const before = regex.meter.steps;
      regex.test("abaabbabaabbbabab".repeat(4));
      return regex.meter.steps - before;
    };
    cost();
    for (let i = 0; i < 2000; i++)
      regex.test(i.toString(2).replaceAll("1", "a").replaceAll("0", "b"));
    expect(cost()).toBeLessThan(17 * 4 * 100);
  });
});

function compiled(pattern: string) {
  return attempt(
    () => compileRegex(pattern),
    (reason) => {
      throw new Error(reason);
    },
  );
}
