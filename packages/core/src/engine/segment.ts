import { findOperator, readThreshold } from "./condition.ts";
import { compileProperty } from "./property.ts";
import {
  type JsonObject,
  readEach,
  readEachOptional,
  readOptional,
  readText,
  report,
} from "./reader.ts";
import { attempt, quote } from "./refusal.ts";
import type { EvaluatedSegment } from "./result.ts";
import { createIdentityHash, type Predicate } from "./subject.ts";
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

/** The API allows two levels. Limits the depth of the recursion: deeper rules never match. */
export const maxRuleDepth = 64;

/** Matches no subject. */
export const neverMatches: Predicate = () => false;

/** Reports that a part of a segment cannot be evaluated. */
export function reportSegment(
  segment: EvaluatedSegment,
  complaint: string,
  part: "segment" | "rule" | "condition",
): void {
  report(`${formatSegment(segment)}: ${complaint}. The ${part} never matches.`);
}

/** Formats the name and the id of a segment for a message. */
export function formatSegment({ name, id }: EvaluatedSegment): string {
  return `Segment ${quote(name)}${id === undefined ? "" : ` (id ${id})`}`;
}

/** Compiles the rules of a segment, all of which must match. A segment without rules matches no subject. */
export function compileRules(
  segment: JsonObject,
  scope: SegmentScope,
): { readonly matches: Predicate; readonly flags: readonly string[] } {
  const flags: string[] = [];
  const rules = readEach(segment, "rules", (rule) => compileRule(rule, 1));
  return { matches: rules.length === 0 ? neverMatches : fold("ALL", rules), flags };

  function compileRule(rule: JsonObject, depth: number): Predicate {
    const type = readText(rule, "type");
    if (depth > maxRuleDepth) {
      reportSegment(scope.entry, `a rule is more than ${maxRuleDepth} levels deep`, "rule");
      return neverMatches;
    }
    const conditions = readEachOptional(rule, "conditions", (condition) =>
      compileCondition(condition, scope, flags),
    );
    const nested = readEachOptional(rule, "rules", (item) => compileRule(item, depth + 1));
    if (type !== "ALL" && type !== "ANY" && type !== "NONE") {
      reportSegment(scope.entry, `the rule type ${quote(type)} is unknown`, "rule");
      return neverMatches;
    }
    // The type combines the conditions and the nested rules separately. Both results must be true.
    const own = fold(type, conditions);
    if (nested.length === 0) return own;
    const inner = fold(type, nested);
    return conditions.length === 0 ? inner : (subject) => own(subject) && inner(subject);
  }
}

function compileCondition(condition: JsonObject, scope: SegmentScope, flags: string[]): Predicate {
  const { entry, key, environmentKey, propertyMember } = scope;
  const operator = readText(condition, "operator");
  const property = readOptional(readText, condition, propertyMember) ?? "";
  const operand = condition["value"];
  let isOperandRead = false;
  return attempt<Predicate>(
    () => {
      if (operator === "PERCENTAGE_SPLIT" && property === "") {
        isOperandRead = true;
        const hash = createIdentityHash(key, environmentKey);
        const threshold = readThreshold(operand);
        return (subject) => hash(subject) <= threshold;
      }
      const read = compileProperty(property, flags);
      const compile = findOperator(operator);
      isOperandRead = true;
      const test = compile(operand, key);
      const matchesMissing = operator === "IS_NOT_SET";
      return (subject) => {
        const value = toTypedValue(read(subject));
        return value === null ? matchesMissing : test(value, subject);
      };
    },
    (reason) => {
      const name = quote(operator).slice(1, -1);
      const on = property && ` on ${quote(property)}`;
      const text = isOperandRead ? toOperandText(operand) : undefined;
      const fault = text === undefined ? reason : `${quote(text)}: ${reason}`;
      reportSegment(entry, `the ${name} condition${on} is invalid (${fault})`, "condition");
      return neverMatches;
    },
  );
}

/** Combines predicates. An empty list matches, whatever the type. */
function fold(type: "ALL" | "ANY" | "NONE", predicates: readonly Predicate[]): Predicate {
  const [only] = predicates;
  if (!only) return () => true;
  if (predicates.length === 1 && type !== "NONE") return only;
  const stopsAtMatch = type !== "ALL";
  const isMatchIfStopped = type === "ANY";
  return (subject) => {
    for (const predicate of predicates) {
      if (predicate(subject) === stopsAtMatch) return isMatchIfStopped;
    }
    return !isMatchIfStopped;
  };
}
