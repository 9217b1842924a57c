import { type Comparison, compileComparison } from "./comparison.ts";
import { parseFloatText } from "./python-number.ts";
import { compileRegex } from "./regex.ts";
import { coerce, textOf, textOfJson, WholeFloat } from "./value.ts";

/** Whether a raw trait or context value satisfies a condition. */
export type Test = (raw: unknown) => boolean;

/** Compiles an operator and its operand, or says why that cannot be done. */
export function compileTest(operator: string, value: unknown): Test | string {
  switch (operator) {
    case "IS_SET":
      return (raw) => coerce(raw) !== null;
    case "IS_NOT_SET":
      return (raw) => coerce(raw) === null;
    case "IN":
      return compileMembership(value);
  }
  const text = textOfJson(value);
  if (text === undefined) return "the value of this operator must be a text";
  switch (operator) {
    case "EQUAL":
      return ordered(compileComparison(text), (order) => order === 0);
    case "NOT_EQUAL":
      return ordered(compileComparison(text), (order) => order !== 0);
    case "GREATER_THAN":
      return ordered(compileComparison(text), (order) => order > 0);
    case "GREATER_THAN_INCLUSIVE":
      return ordered(compileComparison(text), (order) => order >= 0);
    case "LESS_THAN":
      return ordered(compileComparison(text), (order) => order < 0);
    case "LESS_THAN_INCLUSIVE":
      return ordered(compileComparison(text), (order) => order <= 0);
    case "CONTAINS":
      return onText((own) => own.includes(text));
    case "NOT_CONTAINS":
      return onText((own) => !own.includes(text));
    case "MODULO":
      return compileModulo(text);
    case "REGEX":
      return compilePattern(text);
    default:
      return `unknown operator ${JSON.stringify(operator)}`;
  }
}

function ordered(compare: Comparison, holds: (order: number) => boolean): Test {
  return (raw) => {
    const order = compare(raw);
    return order !== undefined && holds(order);
  };
}

function onText(holds: (own: string) => boolean): Test {
  return (raw) => {
    const value = coerce(raw);
    return typeof value === "string" && holds(value);
  };
}

/** Texts and integers are looked up by their text; booleans and floats are never members. */
function compileMembership(value: unknown): Test | string {
  const members = membersOf(value);
  if (members === undefined) return "the value of IN must be a text or a list";
  return (raw) => {
    const own = coerce(raw);
    switch (typeof own) {
      case "string":
        return members.has(own);
      case "bigint":
        return members.has(String(own));
      case "number":
        return Number.isInteger(own) && members.has(String(own));
      default:
        return false;
    }
  };
}

function membersOf(value: unknown): Set<string> | undefined {
  if (Array.isArray(value)) return new Set(value.map((item) => textOfJson(item) ?? ""));
  const text = textOfJson(value);
  if (text?.startsWith("[")) {
    try {
      return membersOf(JSON.parse(text));
    } catch {
      // Not JSON after all: the official engines then read it like any other text.
    }
  }
  return text === undefined ? undefined : new Set(text.split(","));
}

/** `"divisor|remainder"`; the remainder has the divisor's sign, as in Python. */
function compileModulo(text: string): Test | string {
  const [divisor, remainder, ...more] = text.split("|").map(parseFloatText);
  if (divisor === undefined || remainder === undefined || more.length > 0) {
    return "MODULO needs a value like 2|0";
  }
  if (divisor === 0) return "MODULO by zero";
  return (raw) => {
    const value = coerce(raw);
    if (value === null || typeof value === "string") return false;
    const rest = Number(value instanceof WholeFloat ? value.value : value) % divisor;
    return (rest !== 0 && rest < 0 !== divisor < 0 ? rest + divisor : rest) === remainder;
  };
}

function compilePattern(pattern: string): Test | string {
  const regex = compileRegex(pattern);
  if (typeof regex === "string") return regex;
  return (raw) => {
    const value = coerce(raw);
    return value !== null && regex.test(textOf(value));
  };
}
