import type { FlagValue } from "../engine/index.ts";
import { quote } from "../engine/refusal.ts";
import type {
  ConsideredState,
  ExplainedCondition,
  ExplainedFlag,
  ExplainedRule,
  ExplainedSplit,
  Explanation,
  StateName,
} from "./explanation.ts";

/** One line of the tree. The details of neighbouring lines are aligned. */
interface Line {
  readonly depth: number;
  readonly mark: string;
  readonly text: string;
  readonly details?: string | undefined;
}

const isTrueMark = "✓";
const isFalseMark = "✗";
const unusedMark = "·";
const problemMark = "!";

/** In characters. The details of longer lines are not aligned. */
const maxAlignedLength = 48;

/**
 * Formats an explanation as a tree of several lines, for a terminal or a log. It contains the identifier and the traits
 * that conditions read.
 */
export function formatExplanation(explanation: Explanation): string {
  const { considered, problems } = explanation;
  const winner = considered.find(({ outcome }) => outcome === "won");
  const lines = considered.flatMap((state) => formatState(state, explanation, winner));
  return [
    ...formatHeader(explanation),
    ...(lines.length > 0 ? ["", ...alignLines(lines)] : []),
    ...(problems.length > 0
      ? ["", "Problems:", ...problems.map((text) => ` ${problemMark} ${text}`)]
      : []),
  ].join("\n");
}

function formatHeader(explanation: Explanation): string[] {
  const { featureName, flag, identity, winner, considered, isCircular } = explanation;
  const subject = identity
    ? `identity ${quote(identity.identifier)}`
    : "the environment, without an identity";
  const { environmentName, documentUpdatedAt } = explanation;
  const environment = environmentName === "" ? "" : `environment ${quote(environmentName)}, `;
  const place = `${environment}document of ${documentUpdatedAt ?? "unknown date"}`;
  if (!flag) {
    const cause =
      considered.length === 0
        ? "the environment has no feature of this name"
        : "the state that applies is malformed";
    return [
      `${quote(featureName)} is unknown for ${subject}: ${cause}. The default flag is used instead.`,
      place,
    ];
  }
  const cause = isCircular
    ? ["Flags whose segments depend on each other decide this flag: remove the cycle."]
    : [];
  return [
    `${featureName} is ${formatFlag(flag)} for ${subject}`,
    `decided by ${winner ? formatName(winner) : "nothing"}, reason: ${flag.reason}`,
    ...cause,
    place,
  ];
}

function formatState(
  state: ConsideredState,
  { identity }: Explanation,
  winner: ConsideredState | undefined,
): Line[] {
  const mark = { won: isTrueMark, outranked: unusedMark, ignored: unusedMark }[
    state.outcome as string
  ];
  const priority = state.kind === "segment" ? [formatPriority(state.priority)] : [];
  const head = {
    depth: 0,
    mark: mark ?? isFalseMark,
    text: formatName(state),
    details: [...priority, describeOutcome(state, { identity, winner })].join(", "),
  };
  const isShown =
    state.outcome === "won" || state.outcome === "not-matched" || state.kind === "segment";
  return [
    head,
    ...(isShown ? listRules(state.rules).flatMap((rule) => formatRule(rule, 1, identity)) : []),
    ...(state.split && state.outcome === "won" ? formatSplit(state.split, identity) : []),
  ];
}

function describeOutcome(
  { outcome, flag, refusal, rules, kind }: ConsideredState,
  {
    identity,
    winner,
  }: { readonly identity: Explanation["identity"]; readonly winner: ConsideredState | undefined },
): string {
  const result = flag ? formatFlag(flag) : "malformed";
  switch (outcome) {
    case "won":
      return `wins: ${result}`;
    case "missing":
      return `none for ${quote(identity?.identifier ?? "")}`;
    case "ignored":
      return "not used: without an identity, segments do not count";
    case "outranked": {
      const matches = kind === "segment" ? "matches too, but " : "";
      return `${matches}${winner ? formatName(winner) : ""} comes first (would be ${result})`;
    }
    case "not-matched":
      if (refusal !== null) return `cannot match: ${refusal}`;
      return rules.length === 0 ? "does not match: it has no rules" : "does not match";
  }
}

function formatName({ kind, segment }: StateName): string {
  if (kind === "environment") return "environment default";
  if (kind === "identity-override") return "identity override";
  const id = segment?.id ?? undefined;
  return `segment ${quote(segment?.name ?? "")}${id === undefined ? "" : ` (id ${id})`}`;
}

function formatPriority(priority: number | null): string {
  return priority === null ? "no priority" : `priority ${priority}`;
}

function formatFlag({ enabled, value, variant }: ExplainedFlag): string {
  const text = value === null ? "no value" : `value ${formatScalar(value)}`;
  return `${enabled ? "on" : "off"}, ${text}${variant === null ? "" : `, variant ${quote(variant)}`}`;
}

function formatScalar(value: FlagValue): string {
  return typeof value === "string" ? quote(value) : String(value);
}

/** Leaves out rules that only contain others of the same type. */
function listRules(rules: readonly ExplainedRule[]): readonly ExplainedRule[] {
  const [only] = rules;
  const isWrapper =
    only && rules.length === 1 && only.type === "ALL" && only.conditions.length === 0;
  return isWrapper && only.rules.length > 0 ? listRules(only.rules) : rules;
}

function formatRule(rule: ExplainedRule, depth: number, identity: Explanation["identity"]): Line[] {
  const { type, conditions, rules, isMatch } = rule;
  const [condition] = conditions;
  const [nested] = rules;
  if (type !== "NONE") {
    if (condition && conditions.length === 1 && !nested)
      return [formatCondition(condition, depth, identity)];
    if (nested && rules.length === 1 && !condition) return formatRule(nested, depth, identity);
  }
  const mark = toMark(isMatch);
  if (!condition && !nested) return [{ depth, mark, text: "a rule without conditions" }];
  const head = { depth, mark, text: `${type} of` };
  const inner = rules.flatMap((rule) => formatRule(rule, depth + 1, identity));
  const separator = condition && nested ? [{ depth, mark: " ", text: `and ${type} of` }] : [];
  return [
    head,
    ...conditions.map((condition) => formatCondition(condition, depth + 1, identity)),
    ...separator,
    ...inner,
  ];
}

function formatCondition(
  condition: ExplainedCondition,
  depth: number,
  identity: Explanation["identity"],
): Line {
  const { property, operator, operand, isMatch, problem } = condition;
  const subject = property === "" ? "" : `${formatProperty(property)} `;
  const test = operand === null ? operator : `${operator} ${formatOperand(operand)}`;
  return {
    depth,
    mark: problem === null ? toMark(isMatch) : problemMark,
    text: `${subject}${test}`,
    details:
      problem === null ? describeActual(condition, identity) : "cannot be evaluated, see below",
  };
}

function describeActual(
  { actual, actualType, source, percentage, isMatch, operand }: ExplainedCondition,
  identity: Explanation["identity"],
): string {
  const noun = source === "context" ? "value" : source;
  if (source === "identity" && identity === null) return "there is no identity";
  if (actualType === "missing") return `${noun} is missing`;
  const value = formatOperand(actual);
  if (percentage !== null) {
    const threshold = formatThreshold(operand);
    return `${noun} ${value} is at ${formatPercentage(percentage)}, ${isMatch ? "" : "not "}in the first ${threshold}`;
  }
  const isNumber = actualType === "integer" || actualType === "float";
  const hint = isNumber && typeof actual === "string" ? ", which counts as a number" : "";
  return `${noun} is ${value}${hint}`;
}

function formatThreshold(operand: unknown): string {
  return `${typeof operand === "string" ? operand.trim() : String(operand)} %`;
}

function formatSplit(
  { percentage, ranges }: ExplainedSplit,
  identity: Explanation["identity"],
): Line[] {
  const position = `${quote(identity?.identifier ?? "")} is at ${formatPercentage(percentage)}`;
  return [
    { depth: 1, mark: " ", text: "variants", details: position },
    ...ranges.map(({ variant, value, start, end, isControl, isChosen }) => {
      const name = isControl ? "control" : variant === null ? "without a key" : quote(variant);
      return {
        depth: 2,
        mark: isChosen ? isTrueMark : unusedMark,
        text: `${formatNumber(start)}–${formatNumber(end)} % ${name}`,
        details: value === null ? "no value" : `value ${formatScalar(value)}`,
      };
    }),
  ];
}

function toMark(isMatch: boolean | null): string {
  return isMatch === null ? problemMark : isMatch ? isTrueMark : isFalseMark;
}

/** A name with spaces or other unusual characters is quoted. */
function formatProperty(property: string): string {
  return /^[\w$.[\]'-]+$/.test(property) ? property : quote(property);
}

function formatOperand(operand: unknown): string {
  return typeof operand === "string" ? quote(operand) : JSON.stringify(operand);
}

function formatPercentage(percentage: number): string {
  return `${percentage.toFixed(2)} %`;
}

function formatNumber(value: number): string {
  return String(Number(value.toFixed(2)));
}

function alignLines(lines: readonly Line[]): string[] {
  const heads = lines.map(({ depth, mark, text }) => ` ${"    ".repeat(depth)}${mark} ${text}`);
  const lengths = heads.map(({ length }) => length).filter((length) => length <= maxAlignedLength);
  const width = Math.max(0, ...lengths);
  return lines.map(({ details }, index) => {
    const head = heads[index] ?? "";
    return details === undefined ? head : `${head.padEnd(width)}  ${details}`;
  });
}
