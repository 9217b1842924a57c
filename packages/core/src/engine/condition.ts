import { compileComparison } from "./comparison.ts";
import { percentage } from "./percentage.ts";
import { parseNumber } from "./python-number.ts";
import { refuse } from "./refusal.ts";
import { compileRegex } from "./regex/regex.ts";
import { type Coerced, Float, textOf, textOfJson } from "./value.ts";

/** Whether a trait or context value satisfies a condition. */
export type Test = (value: Coerced) => boolean;

/** Compiles a condition's value, or refuses it; a split depends on the key of its segment. */
type Operator = (operand: unknown, segmentKey: string) => Test;

/** An absent value satisfies `IS_NOT_SET` and nothing else. */
const operators: Readonly<Record<string, Operator>> = {
  IS_SET: () => () => true,
  IS_NOT_SET: () => () => false,
  EQUAL: ordered((order) => order === 0),
  NOT_EQUAL: ordered((order) => order !== 0),
  GREATER_THAN: ordered((order) => order > 0),
  GREATER_THAN_INCLUSIVE: ordered((order) => order >= 0),
  LESS_THAN: ordered((order) => order < 0),
  LESS_THAN_INCLUSIVE: ordered((order) => order <= 0),
  CONTAINS: substring(true),
  NOT_CONTAINS: substring(false),
  IN: compileMembership,
  MODULO: compileModulo,
  REGEX: compilePattern,
  PERCENTAGE_SPLIT: compileSplit,
};

/** Finds an operator by its name, or refuses it. */
export function operatorOf(name: string): Operator {
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  return operator ?? refuse(`unknown: ${JSON.stringify(name)}`);
}

function ordered(holds: (order: number) => boolean): Operator {
  return (operand) => {
    const compare = compileComparison(textOperand(operand));
    return (value) => {
      const order = compare(value);
      return order !== undefined && holds(order);
    };
  };
}

function substring(wanted: boolean): Operator {
  return (operand) => {
    const text = textOperand(operand);
    return (value) => typeof value === "string" && value.includes(text) === wanted;
  };
}

/** Texts and integers are looked up by their text; booleans and floats are never members. */
function compileMembership(operand: unknown): Test {
  const members = membersOf(operand);
  return (value) =>
    typeof value !== "boolean" && !(value instanceof Float) && members.has(String(value));
}

function membersOf(operand: unknown): Set<string> {
  if (Array.isArray(operand)) return new Set(operand.map((item) => textOfJson(item) ?? ""));
  const text = textOperand(operand);
  if (text.startsWith("[")) {
    try {
      return membersOf(JSON.parse(text));
    } catch {
      // Not JSON after all: the official engines then read it like any other text.
    }
  }
  return new Set(text.split(","));
}

/** `"divisor|remainder"`; the remainder has the divisor's sign, as in Python. */
function compileModulo(operand: unknown): Test {
  const [divisor, remainder, ...more] = textOperand(operand)
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

function compilePattern(operand: unknown): Test {
  const { test } = compileRegex(textOperand(operand));
  return (value) => test(textOf(value));
}

function compileSplit(operand: unknown, segmentKey: string): Test {
  const threshold = thresholdOf(operand);
  const prefix = `${segmentKey},`;
  return (value) => percentage(prefix, textOf(value)) <= threshold;
}

/** Up to which percentage a split goes. */
export function thresholdOf(operand: unknown): number {
  return parseNumber(textOfJson(operand) ?? "").float ?? refuse("must be a number");
}

function textOperand(operand: unknown): string {
  return textOfJson(operand) ?? refuse("must be a text");
}
