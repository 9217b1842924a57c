import { quote } from "../engine/refusal.ts";
import { parseMillis } from "../environment/timestamps.ts";
import { escapeControls } from "../platform/logger.ts";
import type {
  ConsideredState,
  ExplainedCondition,
  ExplainedFlag,
  ExplainedRule,
  ExplainedSplit,
  Explanation,
  StateName,
} from "./explanation.ts";

/** One line of the tree. The details of all lines are aligned. */
interface Line {
  readonly depth: number;
  readonly mark: string;
  readonly text: string;
  readonly details?: string | undefined;
}

const yes = "✓";
const no = "✗";
const unused = "·";
const invalid = "!";

/** In characters. The details of longer lines are not aligned. */
const maxAlignedLength = 56;
const maxListedTraits = 10;

/**
 * Formats an explanation as a tree of several lines, for a terminal or a log. It contains the identifier, and the traits
 * that conditions compare.
 *
 * @example
 * console.log(formatExplanation(explain(snapshot, "max_items", "user-42", { plan: "gold" })));
 */
export function formatExplanation(explanation: Explanation): string {
  const lines = explanation.considered.flatMap((state) => formatState(state, explanation));
  const tree =
    lines.length > 0
      ? ["", "Considered in this order. The first one that applies wins.", ...alignLines(lines)]
      : [];
  const notes = [
    ...explanation.problems.map((problem) => ` ${invalid} ${problem}`),
    ...describeUnusedTraits(explanation).map((note) => ` ${unused} ${note}`),
  ];
  return [...formatHeader(explanation), ...tree, ...(notes.length > 0 ? ["", ...notes] : [])]
    .map(escapeControls)
    .join("\n");
}

function formatHeader(explanation: Explanation): string[] {
  const { featureName, flag, identity, winner, isCircular } = explanation;
  const { environmentName, documentUpdatedAt } = explanation;
  const subject = identity ? `for identity ${quote(identity.identifier)}` : "without an identity";
  const name = environmentName === "" ? "" : ` ${quote(environmentName)}`;
  const date =
    documentUpdatedAt === null ? "" : `, last changed at ${formatDate(documentUpdatedAt)}`;
  const place = `Environment${name}${date}.`;
  if (!flag) {
    const cause = winner
      ? `${formatName(winner)} applies, which is malformed`
      : "the environment has no feature of this name";
    const consequence =
      "The application gets the flag of its defaultFlagHandler, or one that is off.";
    return [`${quote(featureName)} is unknown ${subject}: ${cause}. ${consequence}`, place];
  }
  return [
    `${featureName} is ${formatFlag(flag)} ${subject}.`,
    ...(winner ? [`Decided by ${formatName(winner)}. Reason: ${flag.reason}`] : []),
    ...(isCircular
      ? ["This flag and others depend on each other through their segments. Remove the cycle."]
      : []),
    place,
  ];
}

function formatState(state: ConsideredState, explanation: Explanation): Line[] {
  const { identity } = explanation;
  const { outcome, flag, kind, priority, rules, split } = state;
  const rank = priority === null ? "no priority" : `priority ${priority}`;
  const head = {
    depth: 0,
    mark: outcome === "won" && !flag ? invalid : outcomeMarks[outcome],
    text: `${formatName(state)}${kind === "segment" ? `, ${rank}` : ""}`,
    details: describeOutcome(state, explanation),
  };
  return [
    head,
    ...unwrapRules(rules).flatMap((rule) => formatRule(rule, 1, explanation)),
    ...(split && outcome === "won" ? formatSplit(split, identity?.identifier ?? "") : []),
  ];
}

const outcomeMarks: Readonly<Record<ConsideredState["outcome"], string>> = {
  won: yes,
  outranked: unused,
  ignored: unused,
  missing: no,
  "not-matched": no,
};

function describeOutcome(
  { outcome, flag, refusal, rules, kind }: ConsideredState,
  { identity, winner, problems }: Explanation,
): string {
  const result = flag ? formatFlag(flag) : "malformed";
  switch (outcome) {
    case "won":
      return flag ? `wins: ${result}` : "wins, but it is malformed: the feature counts as unknown";
    case "missing":
      return `none for ${quote(identity?.identifier ?? "")}`;
    case "ignored":
      return "not used: without an identity, segments do not count";
    case "outranked":
      return kind === "segment" && winner
        ? `matches too, but comes after ${formatName(winner)} (would be: ${result})`
        : `not needed (would be: ${result})`;
    case "not-matched":
      if (refusal !== null) return describeProblem("cannot match", refusal, problems);
      return rules.length === 0 ? "does not match, because it has no rules" : "does not match";
  }
}

/** Refers to the list of problems, or states one that is not in it. */
function describeProblem(result: string, problem: string, problems: readonly string[]): string {
  return problems.includes(problem)
    ? `${result}, see below`
    : `${result}: ${problem.charAt(0).toLowerCase()}${problem.slice(1)}`;
}

function formatName({ kind, segment }: StateName): string {
  if (kind === "environment") return "the environment default";
  if (kind === "identity-override") return "the identity override";
  const id = segment?.id ?? undefined;
  return `segment ${quote(segment?.name ?? "")}${id === undefined ? "" : ` (id ${id})`}`;
}

function formatFlag({ enabled, value, variant }: ExplainedFlag): string {
  const name = variant === null ? "" : ` of variant ${quote(variant)}`;
  const text = value === null ? `without a value${name}` : `with value ${formatJson(value)}${name}`;
  return `${enabled ? "on" : "off"} ${text}`;
}

/** Leaves out a rule that only contains others, all of which must match. */
function unwrapRules(rules: readonly ExplainedRule[]): readonly ExplainedRule[] {
  const [only] = rules;
  if (rules.length !== 1 || only?.type !== "ALL" || only.conditions.length > 0) return rules;
  return only.rules.length > 0 ? unwrapRules(only.rules) : rules;
}

function formatRule(rule: ExplainedRule, depth: number, explanation: Explanation): Line[] {
  const { type, conditions, rules, isMatch } = rule;
  const [condition] = conditions;
  const [nested] = rules;
  if (type !== "NONE" && conditions.length + rules.length === 1) {
    if (condition) return [formatCondition(condition, depth, explanation)];
    if (nested) return formatRule(nested, depth, explanation);
  }
  const mark = toMark(isMatch);
  if (!condition && !nested) return [{ depth, mark, text: "a rule without conditions" }];
  // The type combines the conditions and the nested rules separately.
  const separator = condition && nested ? [{ depth, mark: " ", text: `and ${type} of` }] : [];
  return [
    { depth, mark, text: `${type} of` },
    ...conditions.map((condition) => formatCondition(condition, depth + 1, explanation)),
    ...separator,
    ...rules.flatMap((rule) => formatRule(rule, depth + 1, explanation)),
  ];
}

function formatCondition(
  condition: ExplainedCondition,
  depth: number,
  { problems }: Explanation,
): Line {
  const { property, operator, operand, isMatch, problem, note } = condition;
  const subject = property === "" ? "" : `${formatProperty(property)} `;
  const text = operand === null ? "" : ` ${formatOperand(operator, operand)}`;
  const details = `${describeActual(condition)}${note === null ? "" : `: ${note}`}`;
  return {
    depth,
    mark: problem === null ? toMark(isMatch) : invalid,
    text: `${subject}${operator}${text}`,
    details: problem === null ? details : describeProblem("invalid", problem, problems),
  };
}

function describeActual({
  actual,
  actualType,
  source,
  percentage,
  isMatch,
  operand,
}: ExplainedCondition): string {
  const noun = source === "context" ? "the value" : `the ${source}`;
  if (actualType === "missing") {
    return source === "identity" ? "there is no identity" : `${noun} is not set`;
  }
  if (percentage === null) return `${noun} is ${formatJson(actual)}`;
  const share = formatOperand("PERCENTAGE_SPLIT", operand);
  const position = `${formatJson(actual)} is at ${formatPercentage(percentage)} in this segment`;
  return `${position}, ${isMatch ? "within" : "not within"} the first ${share}`;
}

function formatSplit({ percentage, ranges }: ExplainedSplit, identifier: string): Line[] {
  const position = `${quote(identifier)} is at ${formatPercentage(percentage)} for this feature`;
  return [
    { depth: 1, mark: " ", text: "variants", details: position },
    ...ranges
      .filter(({ start, end }) => end > start)
      .map(({ variant, value, start, end, isControl, isChosen }) => {
        const name = variant === null ? "without a key" : quote(variant);
        return {
          depth: 2,
          mark: isChosen ? yes : unused,
          text: `${round(start)} to ${round(end)} %: ${isControl ? "control" : name}`,
          details: value === null ? "no value" : `value ${formatJson(value)}`,
        };
      }),
  ];
}

/** A misspelt trait is a frequent cause of a surprise. */
function describeUnusedTraits({ identity, considered }: Explanation): string[] {
  const listProperties = (rule: ExplainedRule): readonly string[] => [
    ...rule.conditions.map(({ property }) => property),
    ...rule.rules.flatMap(listProperties),
  ];
  const properties = considered.flatMap(({ rules }) => rules).flatMap(listProperties);
  const isUsed = (name: string) =>
    properties.some(
      (property) => property === name || (property.startsWith("$.") && property.includes(name)),
    );
  const names = Object.keys(identity?.traits ?? {}).filter((name) => !isUsed(name));
  if (names.length === 0 || considered.length === 0) return [];
  const more = names.length > maxListedTraits ? ` and ${names.length - maxListedTraits} more` : "";
  const list = names.slice(0, maxListedTraits).map(quote).join(", ");
  return [`No condition above reads these traits: ${list}${more}.`];
}

function toMark(isMatch: boolean | null): string {
  return isMatch === null ? invalid : isMatch ? yes : no;
}

/** Quotes a name with spaces or other unusual characters. */
function formatProperty(property: string): string {
  return /^[\w$.[\]'-]{1,60}$/.test(property) ? property : quote(property);
}

function formatOperand(operator: string, operand: unknown): string {
  const isShare = operator === "PERCENTAGE_SPLIT" && /^\s*[\d.]+\s*$/.test(String(operand));
  return isShare ? `${String(operand).trim()} %` : formatJson(operand);
}

function formatJson(value: unknown): string {
  if (typeof value === "string") return quote(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Shortens a date to seconds in UTC. */
function formatDate(text: string): string {
  const date = new Date(parseMillis(text));
  return Number.isNaN(date.getTime()) ? quote(text) : `${date.toISOString().slice(0, 19)}Z`;
}

function formatPercentage(percentage: number): string {
  return `${percentage.toFixed(2)} %`;
}

function round(value: number): string {
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
