import { operators, readThreshold, type ValueTest } from "./condition.ts";
import { readStatePart, type StateInput } from "./feature-state.ts";
import { toJson } from "./is-equal.ts";
import { compileProperty, type Property } from "./property.ts";
import {
  getOwn,
  isJsonObject,
  type JsonObject,
  readEach,
  readEachOptional,
  readOptional,
  readPart,
  readParts,
  readText,
  report,
} from "./reader.ts";
import { attempt, quote, refuse } from "./refusal.ts";
import type { EvaluatedSegment } from "./result.ts";
import { createIdentityHash, type Predicate } from "./subject.ts";
import type { CompiledSegment } from "./tables.ts";
import { toOperandText, toTypedValue } from "./value.ts";

/** The segment whose rules are compiled. */
interface SegmentScope {
  readonly entry: EvaluatedSegment;
  /** Hashed for percentage splits together with the value that is split. */
  readonly key: string;
  readonly environmentKey: string;
  /** The member that holds a condition's property: `property`, or `property_` in a document. */
  readonly propertyMember: string;
}

/** The API allows two levels. Limits the depth of the recursion. */
const maxRuleDepth = 64;

type NamedSegment = Pick<EvaluatedSegment, "name" | "id">;

/** Matches no subject. */
export const neverMatches: Predicate = () => false;

/** Reports that a segment cannot be evaluated. */
export function reportSegment(
  segment: NamedSegment,
  complaint: string,
  consequence = "The segment never matches.",
): void {
  report(`${formatSegment(segment)}: ${complaint}. ${consequence}`);
}

/** Formats the name and the id of a segment for a message. */
export function formatSegment({ name, id }: NamedSegment): string {
  return `Segment ${quote(name)}${id === undefined ? "" : ` (id ${id})`}`;
}

/** Reports a segment that cannot be read. It is left out. */
export function reportMalformedSegment(part: unknown, path: string): undefined {
  const { name, id }: JsonObject = isJsonObject(part) ? part : {};
  const entry = {
    name: typeof name === "string" ? name : "",
    id: typeof id === "number" ? id : undefined,
  };
  reportSegment(entry, path === "" ? "it is not an object" : `"${path}" is malformed`);
}

/** Reads the overrides of a segment. */
export function readOverrides(
  segment: JsonObject,
  member: string,
  {
    entry,
    read,
  }: {
    readonly entry: EvaluatedSegment;
    readonly read: (state: JsonObject) => StateInput;
  },
): readonly StateInput[] {
  const describe = (feature: string) =>
    [
      `${formatSegment(entry)}: the override of feature ${feature}`,
      "The feature counts as unknown in this segment.",
    ] as const;
  return readPart(
    segment,
    () => readParts(segment, member, (state) => readStatePart(state, read, describe)),
    () => {
      report(
        `${formatSegment(entry)}: ${quote(member)} is malformed. The segment overrides no feature.`,
      );
      return [];
    },
  );
}

/**
 * Compiles the rules of a segment, all of which must match. A segment without rules matches no subject. Neither does one
 * with a malformed rule.
 *
 * @param earlier - an earlier version of the segment, which is used again if its key, name and rules are the same.
 */
export function compileRules(
  segment: JsonObject,
  scope: SegmentScope,
  earlier?: CompiledSegment,
): CompiledSegment {
  const { entry, key } = scope;
  const rules = toJson(segment["rules"] ?? null);
  const isUnchanged =
    earlier &&
    rules === earlier.rules &&
    key === earlier.key &&
    entry.name === earlier.entry.name &&
    // Other parts of the document may be the reason that a segment never matches.
    earlier.matches !== neverMatches;
  if (isUnchanged) return earlier;
  const flags: string[] = [];
  let isMalformed = false;
  const predicates = readPart(
    segment,
    () => readEach(segment, "rules", (rule) => compileRule(rule, 1)),
    (path) => [giveUp(`"${path}" is malformed`)],
  );
  return {
    entry,
    key,
    rules,
    matches: isMalformed || predicates.length === 0 ? neverMatches : fold("ALL", predicates),
    flags: isMalformed ? [] : flags,
    isMalformed,
  };

  function giveUp(complaint: string): Predicate {
    reportSegment(entry, complaint);
    isMalformed = true;
    return neverMatches;
  }

  function compileRule(rule: JsonObject, depth: number): Predicate {
    const type = readText(rule, "type");
    if (depth > maxRuleDepth) return giveUp(`a rule is more than ${maxRuleDepth} levels deep`);
    const conditions = readEachOptional(rule, "conditions", compile);
    const nested = readEachOptional(rule, "rules", (item) => compileRule(item, depth + 1));
    if (type !== "ALL" && type !== "ANY" && type !== "NONE") {
      return giveUp(`the rule type ${quote(type)} is unknown`);
    }
    // The type combines the conditions and the nested rules separately. Both results must be true.
    const own = fold(type, conditions);
    if (nested.length === 0) return own;
    const inner = fold(type, nested);
    return conditions.length === 0 ? inner : fold("ALL", [own, inner]);
  }

  function compile(condition: JsonObject): Predicate {
    return compileCondition(condition, { ...scope, flags });
  }
}

const undecided = "The segment matches only if its other conditions are enough.";

/** Compiles a condition. The predicate of an invalid one is undecided, and the problem is reported. */
export function compileCondition(
  condition: JsonObject,
  scope: SegmentScope & {
    /** Receives the names of the flags that the condition reads. */
    readonly flags: string[];
  },
): Predicate {
  const { key, environmentKey, propertyMember, flags, entry } = scope;
  const operator = readText(condition, "operator");
  const property = readOptional(readText, condition, propertyMember) ?? "";
  const operand = condition["value"];
  const compile = getOwn(operators, operator);
  let isOperandRead = false;
  return attempt<Predicate>(
    () => {
      if (operator === "PERCENTAGE_SPLIT" && property === "") {
        isOperandRead = true;
        const hash = createIdentityHash(key, environmentKey);
        const threshold = readThreshold(operand);
        return (subject) => hash(subject) <= threshold;
      }
      const compiled = compileProperty(property, flags);
      if (!compile) refuse("unknown operator");
      isOperandRead = true;
      return createTest(compiled, compile(operand, key), operator === "IS_NOT_SET");
    },
    (reason) => {
      const name = quote(operator).slice(1, -1);
      const on = property && ` on ${quote(property)}`;
      const text = isOperandRead ? toOperandText(operand) : undefined;
      const fault = text === undefined ? reason : `${quote(text)}: ${reason}`;
      const complaint = `the ${name} condition${on} is invalid (${fault})`;
      reportSegment(entry, complaint, compile ? undecided : "The condition never matches.");
      // Like the official engines, an unknown operator decides: a `NONE` rule with it matches.
      return compile ? () => undefined : neverMatches;
    },
  );
}

/**
 * Creates the predicate of a test. A separate function, so that the predicate does not keep the condition in memory.
 *
 * @param matchesMissing - whether the condition matches if there is no value.
 */
function createTest(property: Property, test: ValueTest, matchesMissing: boolean): Predicate {
  return (subject) => {
    const raw = typeof property === "string" ? subject.readTrait(property) : property(subject);
    const value = toTypedValue(raw);
    return value === null ? matchesMissing : test(value, subject);
  };
}

/**
 * Combines predicates. An empty list matches, whatever the type. An undecided predicate counts only if no other decides
 * the result.
 */
export function fold(type: "ALL" | "ANY" | "NONE", predicates: readonly Predicate[]): Predicate {
  const [only] = predicates;
  if (!only) return () => true;
  if (predicates.length === 1 && type !== "NONE") return only;
  const stopsAtMatch = type !== "ALL";
  const isMatchIfStopped = type === "ANY";
  return (subject) => {
    let result: boolean | undefined = !isMatchIfStopped;
    for (const predicate of predicates) {
      const isMatch = predicate(subject);
      if (isMatch === stopsAtMatch) return isMatchIfStopped;
      if (isMatch === undefined) result = undefined;
    }
    return result;
  };
}
