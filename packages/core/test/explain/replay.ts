import { getEvaluationResult } from "../../src/engine/index.ts";
import type {
  ConsideredState,
  ExplainedCondition,
  ExplainedFlag,
  ExplainedRule,
  Explanation,
} from "../../src/explain/index.ts";

/** Computes the flag and the state that wins from the data of an explanation alone. */
export function replay({
  considered,
  isCircular,
}: Pick<Explanation, "considered" | "isCircular">): {
  readonly flag: ExplainedFlag | null;
  readonly winner: ConsideredState | undefined;
} {
  const winner = considered.find(applies);
  const flag = winner ? replayFlag(winner) : null;
  const reason = "ERROR; code=CIRCULAR_DEPENDENCY";
  return { winner, flag: flag && isCircular ? { ...flag, reason } : flag };
}

function applies({ kind, outcome, refusal, rules }: ConsideredState): boolean {
  if (kind === "environment") return true;
  if (kind === "identity-override") return outcome !== "missing";
  return refusal === null && rules.length > 0 && fold("ALL", rules.map(replayRule)) === true;
}

function replayFlag({ flag, split }: ConsideredState): ExplainedFlag | null {
  if (!flag || !split) return flag;
  const { percentage, ranges } = split;
  const chosen =
    ranges.find(({ start, end }) => percentage >= start && percentage < end) ?? ranges.at(-1);
  if (!chosen) throw new Error("a split without ranges");
  const reason = chosen.isControl ? flag.reason : `SPLIT; weight=${chosen.weight}`;
  return { enabled: flag.enabled, value: chosen.value, variant: chosen.variant, reason };
}

function replayRule({ type, conditions, rules }: ExplainedRule): boolean | null {
  const parts = [conditions.map(replayCondition), rules.map(replayRule)];
  const results = parts.filter(({ length }) => length > 0).map((part) => fold(type, part));
  return fold("ALL", results);
}

/** Evaluates the comparison again, of the values in the explanation. */
function replayCondition({
  operator,
  operand,
  actual,
  percentage,
  problem,
}: ExplainedCondition): boolean | null {
  if (problem !== null) return operatorNames.has(operator) ? null : false;
  if (operator === "PERCENTAGE_SPLIT") return percentage !== null && percentage <= Number(operand);
  const key = JSON.stringify([operator, operand, actual]);
  const known = comparisons.get(key);
  if (known !== undefined) return known;
  const condition = { property: "actual", operator, value: operand };
  const { segments } = getEvaluationResult({
    environment: { key: "e", name: "e" },
    identity: { identifier: "i", traits: { actual } },
    segments: { s: { key: "s", name: "s", rules: [{ type: "ALL", conditions: [condition] }] } },
  });
  comparisons.set(key, segments.length === 1);
  return segments.length === 1;
}

const comparisons = new Map<string, boolean>();

const operatorNames: ReadonlySet<string> = new Set(
  (
    "IS_SET IS_NOT_SET EQUAL NOT_EQUAL GREATER_THAN GREATER_THAN_INCLUSIVE LESS_THAN LESS_THAN_INCLUSIVE CONTAINS " +
    "NOT_CONTAINS IN MODULO REGEX PERCENTAGE_SPLIT"
  ).split(" "),
);

function fold(type: string, results: readonly (boolean | null)[]): boolean | null {
  const stop = type !== "ALL";
  if (results.length === 0) return true;
  if (results.includes(stop)) return type === "ANY";
  return results.includes(null) ? null : type !== "ANY";
}
