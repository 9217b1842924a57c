import { describe, expect, test } from "vitest";
import { compile } from "../../../src/engine/index.ts";
import { getReason } from "../../../src/engine/refusal.ts";
import { compileRegex } from "../../../src/engine/regex/regex.ts";
import { maxSteps } from "../../../src/engine/work.ts";
import { timeout } from "../support.ts";

const create = (length: number, character: (index: number) => number) =>
  Array.from({ length }, (_, i) => String.fromCodePoint(character(i))).join("");
const cjk = create(900, (i) => 0x4e00 + i * 7);
const manyCharacters = create(2000, (i) => 0x400 + i * 3);
const random = (i: number) => (Math.imul(i + 1, 2_654_435_761) >>> 13) & 1;
const mixed = create(2000, (i) => 97 + random(i));
const mixedCyrillic = create(2000, (i) => 0x430 + random(i));

/** Patterns with a high cost per character, and a text for each. */
const expensive: readonly (readonly [pattern: string, text: string])[] = [
  [`(?i)(?:[${cjk}]{0,240})*!`, cjk],
  [`(?:[\\w\\d\\s\\W${create(300, (i) => 0x4e00 + i * 3)}]{0,240})*!`, manyCharacters],
  [`(?i)(?:${create(150, () => 0x5b).replaceAll("[", "[à-\uffff]?")})*!`, manyCharacters],
  [`(?i)(?:[^${create(450, (i) => 0x4e00 + i * 3)}]{0,240})*!`, manyCharacters],
  ["(a|b)*a(a|b){160}c", mixed],
  ["(а|б)*а(а|б){160}в", mixedCyrillic],
  ["(?s).*(?<=a.{100})(?<!b.{90})(?<=[ab].{80})z", mixed],
  ["(?:(?=.{0,60}a)(?=.{0,50}b)(?=.{0,50}c).)*z", mixed],
  [`(?:${Array.from({ length: 25 }, (_, i) => `(?!.{${i}}c)`).join("")}.)*z`, mixed],
  ["(?:(?:\\b.{0,40}\\B.{0,40}\\b.{0,35})*|.)*!", "é ".repeat(1000)],
  ["(?:(?:(?:\\w*\\W*)*\\s*)*.{0,230})*!", "éa 1".repeat(500)],
  ["(?i)(?:(?:[à-\uffff]|[ -\u2fff]|[Ѐ-\u9fff]){0,70})*!", manyCharacters],
];

describe("the work of an expensive pattern", { timeout }, () => {
  test.each(expensive)("is within the budget for 2,000 characters: %#", (pattern, text) => {
    expect(countSteps(pattern, repeatTo(text, 2000))).toBeLessThanOrEqual(maxSteps * 1.01);
  });

  test.each(expensive)("is within the budget for a million characters: %#", (pattern, text) => {
    expect(countSteps(pattern, repeatTo(text, 1_000_000))).toBeLessThanOrEqual(maxSteps * 1.01);
  });

  test.each(expensive)("grows linearly with the length of the text: %#", (pattern, text) => {
    const whole = repeatTo(text, 1000);
    expect(countSteps(pattern, whole)).toBeLessThan(countSteps(pattern, whole.slice(0, 500)) * 2.5);
  });
});

describe("a segment whose pattern is too expensive", { timeout }, () => {
  const [[pattern, text] = ["", ""]] = expensive;
  const regex = (value: string) => ({ property: "text", operator: "REGEX", value });
  const hostile = Array.from({ length: 4 }, () => ({ type: "NONE", conditions: [regex(pattern)] }));
  const identity = { identifier: "i", traits: { text: repeatTo(text, 2000) } };

  test("does not match, even with a NONE rule, and is reported once by its name", () => {
    const { environment, messages } = createEnvironment(hostile);
    expect(environment?.evaluate(identity).segments()).toEqual([]);
    expect(environment?.evaluate(identity).segments()).toEqual([]);
    expect(messages).toEqual([
      'Segment "gold": its conditions need more than 5000000 steps. The segment does not match such an identity.',
    ]);
    expect(environment?.evaluate({ identifier: "i" }).segments()).toMatchObject([{ name: "gold" }]);
  });

  test("does not match a longer text than the API accepts", () => {
    const { environment, messages } = createEnvironment([
      { type: "NONE", conditions: [regex("x")] },
    ]);
    const evaluate = (value: string) =>
      environment?.evaluate({ identifier: "i", traits: { text: value } }).segments().length;
    expect(["a".repeat(2000), "😀".repeat(2000)].map(evaluate)).toEqual([1, 1]);
    expect(messages).toEqual([]);
    expect(["a".repeat(2001), "😀".repeat(2001), "a".repeat(1e6)].map(evaluate)).toEqual([0, 0, 0]);
    expect(messages).toEqual([
      'Segment "gold": a REGEX condition reads more than 2000 characters. The segment does not match such an identity.',
    ]);
  });

  test("does not affect segments with ordinary patterns", () => {
    const ordinary = [{ type: "ALL", conditions: [regex("^[一-龥]+$")] }];
    const { environment } = createEnvironment(hostile, ordinary, hostile, ordinary);
    const evaluation = environment?.evaluate({
      identifier: "i",
      traits: { text: repeatTo(text, 300), other: repeatTo(text, 2000) },
    });
    expect(evaluation?.segments().length).toBeGreaterThanOrEqual(2);
  });

  test("keeps its verdict when evaluations alternate", () => {
    const { environment } = createEnvironment([
      { type: "ALL", conditions: [regex("(a|b)*a(a|b){160}c|.")] },
    ]);
    const evaluations = ["a".repeat(1500), mixed].map((value) =>
      environment?.evaluate({ identifier: "i", traits: { text: value } }),
    );
    for (let i = 0; i < 50; i++) {
      for (const evaluation of evaluations) expect(evaluation?.segments()).toHaveLength(1);
    }
  });
});

function createEnvironment(...segments: readonly object[]) {
  const messages: string[] = [];
  const entries = segments.map(
    (rules, i) => [`s${i}`, { key: `${i}`, name: "gold", rules }] as const,
  );
  const environment = compile(
    { environment: { key: "e", name: "E" }, segments: Object.fromEntries(entries) as never },
    ({ message }) => messages.push(message),
  ).value;
  return { environment, messages };
}

function countSteps(pattern: string, text: string): number {
  const work = { steps: 0 };
  try {
    compileRegex(pattern).matches(text, work);
  } catch (error) {
    expect(getReason(error)).toContain("steps");
  }
  expect(work.steps).toBeGreaterThan(0);
  return work.steps;
}

function repeatTo(text: string, length: number): string {
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
}
