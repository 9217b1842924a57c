import { compileComparison } from "./comparison.ts";
import { hashToPercentage } from "./percentage.ts";
import { parseNumber } from "./python-number.ts";
import { refuse } from "./refusal.ts";
import { compileRegex } from "./regex/regex.ts";
import { Float, type TypedValue, toOperandText, toPythonText } from "./value.ts";
import { spend, type Work } from "./work.ts";

/** Whether the value of a trait or of a JSONPath satisfies a condition. */
export type ValueTest = (value: TypedValue, work: Work) => boolean;

/** Native code is this much faster than a step. */
const charactersPerStep = 32;

/** In characters. The API accepts no longer trait. */
const maxMatchedLength = 2000;

/** Compiles the operand of a condition, or refuses it. A split also depends on the key of its segment. */
type Operator = (operand: unknown, segmentKey: string) => ValueTest;

/** The operators by name. A missing value satisfies only `IS_NOT_SET`, which `segment.ts` handles. */
export const operators: Readonly<Record<string, Operator>> = {
  IS_SET: () => () => true,
  IS_NOT_SET: () => () => false,
  EQUAL: createComparison((order) => order === 0),
  NOT_EQUAL: createComparison((order) => order !== 0),
  GREATER_THAN: createComparison((order) => order > 0),
  GREATER_THAN_INCLUSIVE: createComparison((order) => order >= 0),
  LESS_THAN: createComparison((order) => order < 0),
  LESS_THAN_INCLUSIVE: createComparison((order) => order <= 0),
  CONTAINS: createSubstringSearch(true),
  NOT_CONTAINS: createSubstringSearch(false),
  IN: compileMembership,
  MODULO: compileModulo,
  REGEX: compilePattern,
  PERCENTAGE_SPLIT: compileSplit,
};

function createComparison(isMatch: (order: number) => boolean): Operator {
  return (operand) => compileComparison(readOperandText(operand), isMatch);
}

function createSubstringSearch(isIncluded: boolean): Operator {
  return (operand) => {
    const text = readOperandText(operand);
    return (value, work) => {
      if (typeof value !== "string") return false;
      // In the worst case, a runtime compares every character with every other.
      const positions = Math.max(value.length - text.length, 0);
      spend(work, (positions * text.length) / charactersPerStep);
      return value.includes(text) === isIncluded;
    };
  };
}

/** Texts and integers are compared as texts. Booleans and floats are never members. */
function compileMembership(operand: unknown): ValueTest {
  const members = readMembers(operand);
  return (value) =>
    typeof value !== "boolean" && !(value instanceof Float) && members.has(String(value));
}

function readMembers(operand: unknown): Set<string> {
  // An item that is an object or a list is no member.
  if (Array.isArray(operand)) return new Set(operand.flatMap((item) => toOperandText(item) ?? []));
  const text = readOperandText(operand);
  if (text.startsWith("[")) {
    try {
      return readMembers(JSON.parse(text));
    } catch {
      // Not JSON. Like the official engines, split it at commas.
    }
  }
  return new Set(text.split(","));
}

/** The operand is `divisor|remainder`. The remainder has the divisor's sign, as in Python. */
function compileModulo(operand: unknown): ValueTest {
  const [divisor, remainder, ...more] = readOperandText(operand)
    .split("|")
    .map((part) => parseNumber(part).float);
  if (divisor === undefined || divisor === 0 || remainder === undefined || more.length > 0) {
    refuse("must be like 2|0");
  }
  return (value) => {
    if (typeof value === "string") return false;
    const rest = Number(value) % divisor;
    return (rest !== 0 && rest < 0 !== divisor < 0 ? rest + divisor : rest) === remainder;
  };
}

function compilePattern(operand: unknown): ValueTest {
  const regex = compileRegex(readOperandText(operand));
  return (value, work) => {
    const text = toPythonText(value);
    if (isLongerThan(text, maxMatchedLength)) {
      refuse(`a REGEX condition reads more than ${maxMatchedLength} characters`);
    }
    return regex.matches(text, work);
  };
}

/** Counting characters is expensive. A character has one or two UTF-16 units. */
function isLongerThan(text: string, maxLength: number): boolean {
  if (text.length <= maxLength) return false;
  return text.length > maxLength * 2 || [...text].length > maxLength;
}

function compileSplit(operand: unknown, segmentKey: string): ValueTest {
  const threshold = readThreshold(operand);
  const prefix = `${segmentKey},`;
  return (value, work) => {
    const text = toPythonText(value);
    spend(work, text.length);
    return hashToPercentage(prefix, text) <= threshold;
  };
}

/** Reads the percentage of a split. */
export function readThreshold(operand: unknown): number {
  return parseNumber(toOperandText(operand) ?? "").float ?? refuse("must be a number");
}

function readOperandText(operand: unknown): string {
  return toOperandText(operand) ?? refuse("value must be text");
}
