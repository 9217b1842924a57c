import { compileComparison } from "../engine/comparison.ts";
import { quote } from "../engine/refusal.ts";
import { Float, type TypedValue, toOperandText } from "../engine/value.ts";

const comparisonOperators: ReadonlySet<string> = new Set([
  "EQUAL",
  "NOT_EQUAL",
  "GREATER_THAN",
  "GREATER_THAN_INCLUSIVE",
  "LESS_THAN",
  "LESS_THAN_INCLUSIVE",
]);

/**
 * Explains a result that surprises because of the types of the two values. `undefined` if there is nothing to explain.
 *
 * @param raw - the compared value as it was passed.
 * @param value - the same value with the type that the engine gives it.
 */
export function findComparisonNote(
  { operator, operand }: { readonly operator: string; readonly operand: unknown },
  raw: unknown,
  value: TypedValue,
): string | undefined {
  const text = toOperandText(operand);
  const note = findNote(operator, text, value);
  if (note === undefined) return undefined;
  const isConverted = typeof raw === "string" && typeof value !== "string";
  return isConverted ? `it counts as the number ${String(value)}, and ${note}` : note;
}

function findNote(
  operator: string,
  text: string | undefined,
  value: TypedValue,
): string | undefined {
  const isText = typeof value === "string";
  const isBoolean = typeof value === "boolean";
  if (operator === "CONTAINS" || operator === "NOT_CONTAINS") {
    return isText ? undefined : `${operator} can only match text`;
  }
  if (operator === "MODULO") return isText ? "MODULO can only match numbers" : undefined;
  if (operator === "IN") {
    return isBoolean || value instanceof Float
      ? "IN can only match text and whole numbers"
      : undefined;
  }
  if (text === undefined || !comparisonOperators.has(operator)) return undefined;
  if (isBoolean) {
    if (/^true$/i.test(text) || /^[Ff]alse$/.test(text)) return undefined;
    return `${quote(text)} counts as true: only "false" is false`;
  }
  const isComparable = compileComparison(text, () => true)(value, { steps: 0 });
  if (isComparable) return undefined;
  if (text.endsWith(":semver")) return "only complete versions such as 1.2.3 can be compared";
  const kind = value instanceof Float ? "number" : "whole number";
  return `it is compared with a ${kind} only, which ${quote(text)} is not`;
}
