import type {
  ConsideredState,
  ExplainedCondition,
  ExplainedFlag,
  Explanation,
} from "@flagsmith-isomorphic/core/explain";

/** Operators as the Flagsmith dashboard names them. */
const operators: Readonly<Record<string, string>> = {
  EQUAL: "=",
  NOT_EQUAL: "≠",
  GREATER_THAN: ">",
  GREATER_THAN_INCLUSIVE: "≥",
  LESS_THAN: "<",
  LESS_THAN_INCLUSIVE: "≤",
  CONTAINS: "contains",
  NOT_CONTAINS: "does not contain",
  REGEX: "matches regex",
  MODULO: "modulo",
  IS_SET: "is set",
  IS_NOT_SET: "is not set",
  IN: "in",
};

/** Formats a value of a flag or of a trait. */
export function formatValue(value: unknown): string {
  return value === null || value === undefined ? "no value" : JSON.stringify(value);
}

/** Describes a condition and the value that it compares. */
export function describeCondition(condition: ExplainedCondition): {
  readonly test: string;
  readonly actual: string;
} {
  const { property, operator, operand, source, actual, actualType, percentage, problem } =
    condition;
  const noun = source === "context" ? "value" : source;
  const isUnary = operator === "IS_SET" || operator === "IS_NOT_SET";
  const test =
    operator === "PERCENTAGE_SPLIT"
      ? `in the first ${operand} %${property === "" ? "" : ` of ${property}`}`
      : [property, operators[operator] ?? operator, ...(isUnary ? [] : [operand])].join(" ");
  if (problem !== null) return { test, actual: "cannot be evaluated, see below" };
  if (actualType === "missing") return { test, actual: `the ${noun} is missing` };
  if (percentage !== null) {
    return { test, actual: `${formatValue(actual)} is at ${percentage.toFixed(2)} %` };
  }
  const isNumber = actualType === "integer" || actualType === "float";
  const hint = isNumber && typeof actual === "string" ? ", which counts as a number" : "";
  return { test, actual: `${noun} is ${formatValue(actual)}${hint}` };
}

/** The two parts of the line of a percentage split: those inside and the rest. */
export function listSplitRanges({ operand, isMatch }: ExplainedCondition) {
  const end = Math.min(Math.max(Number(operand), 0), 100);
  return [
    { label: "in the segment", start: 0, end, isChosen: isMatch === true, isRest: false },
    { label: "not in it", start: end, end: 100, isChosen: isMatch !== true, isRest: true },
  ];
}

/** Names a state: the override of an identity, of a segment, or the default of the environment. */
export function nameState({ kind, segment }: Pick<ConsideredState, "kind" | "segment">): string {
  if (kind === "environment") return "Environment default";
  return kind === "segment" ? `Segment ${segment?.name ?? ""}` : "Identity override";
}

/** Says what became of a state. */
export function describeOutcome(
  { outcome, refusal, rules }: ConsideredState,
  { identity, considered }: Explanation,
): string {
  const winner = considered.find((state) => state.outcome === "won");
  switch (outcome) {
    case "won":
      return "decides the flag";
    case "missing":
      return identity ? `none for "${identity.identifier}"` : "none without an identity";
    case "ignored":
      return "not used without an identity";
    case "outranked":
      return `applies too, but ${winner ? nameState(winner) : "another"} comes first`;
    case "not-matched":
      if (refusal !== null) return `cannot match: ${refusal}`;
      return rules.length === 0 ? "does not match: it has no rules" : "does not match";
  }
}

/** Formats a flag in one line. */
export function formatFlag({ enabled, value, variant }: ExplainedFlag): string {
  const key = variant === null ? "" : `, variant ${variant}`;
  return `${enabled ? "on" : "off"}, ${formatValue(value)}${key}`;
}
