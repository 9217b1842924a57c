import fc from "fast-check";
import { expect, test } from "vitest";
import { getReason } from "../../../src/engine/refusal.ts";
import { compileRegex } from "../../../src/engine/regex/regex.ts";
import { maxSteps } from "../../../src/engine/work.ts";
import { fuzz, fuzzTimeoutMs } from "../../fuzz.ts";

const atom = fc.constantFrom(
  "a",
  ".",
  "é",
  "😀",
  "\\w",
  "\\W",
  "[^a-z]",
  "[à-\uffff\\d]",
  "[一-龥аб]",
  "\\b",
  "^",
  "$",
  "(?:a|ab|)",
  "(?=.{0,20}b)",
  "(?<!a.)",
);
const quantifier = fc.constantFrom("", "*", "+", "?", "{0,90}", "{3}", "{2,}", "*?");
const pattern = fc
  .tuple(
    fc.constantFrom("", "(?i)", "(?s)", "(?a)"),
    fc.array(fc.tuple(atom, quantifier, fc.constantFrom("", "|", "(?:", ")*", "(?!", ")")), {
      maxLength: 12,
    }),
  )
  .map(([flags, parts]) => flags + parts.flat().join(""));
const text = fc
  .tuple(
    fc.string({ unit: fc.constantFrom("a", "b", "é", "я", "中", "😀", " ", "\n") }),
    fc.nat(400),
  )
  .map(([unit, count]) => unit.repeat(count).slice(0, 2000));

test(
  "any pattern on any text takes at most the budget, and throws only refusals",
  { timeout: fuzzTimeoutMs },
  () =>
    fuzz(
      "work of regular expressions",
      fc.record({ pattern, text }),
      ({ pattern, text }) => {
        const work = { steps: 0 };
        try {
          compileRegex(pattern).matches(text, work);
        } catch (error) {
          expect(typeof getReason(error)).toBe("string");
        }
        expect(work.steps).toBeLessThan(maxSteps * 1.05);
      },
      300,
    ),
);
