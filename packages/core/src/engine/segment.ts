import { operatorOf, thresholdOf } from "./condition.ts";
import { compileProperty } from "./property.ts";
import { each, eachOptional, optional, type Place, report, text, tryMember } from "./reader.ts";
import { hashPrefixes, identityPercentage, type Predicate } from "./subject.ts";
import { coerce } from "./value.ts";

/** What a segment's conditions are compiled for. */
export interface SegmentScope {
  /** Hashed together with the value a split looks at. */
  readonly segmentKey: string;
  readonly environmentKey: string;
  /** How the input spells a condition's property: `property`, or `property_` in a document. */
  readonly propertyMember: string;
  /** Receives the name of each flag whose result a condition reads. */
  readonly flags: string[];
}

/** The API allows two levels; the bound keeps an evaluation within any stack. */
const DEEPEST_RULE = 64;

const never: Predicate = () => false;

/** Compiles the rules of a segment, all of which must hold. A segment without rules matches nobody. */
export function compileRules(segment: Place, scope: SegmentScope): Predicate {
  const rules: Predicate[] = [];
  each(segment, "rules", (rule) => rules.push(compileRule(rule, scope, 1)));
  return rules.length === 0 ? never : fold("ALL", rules);
}

/** The conditions and the sub-rules are folded each by the rule's type; both results must hold. */
function compileRule(rule: Place, scope: SegmentScope, depth: number): Predicate {
  const type = text(rule, "type");
  if (depth > DEEPEST_RULE) {
    report(rule, `more than ${DEEPEST_RULE} levels`);
    return never;
  }
  const conditions: Predicate[] = [];
  const rules: Predicate[] = [];
  eachOptional(rule, "conditions", (item) => conditions.push(compileCondition(item, scope)));
  eachOptional(rule, "rules", (item) => rules.push(compileRule(item, scope, depth + 1)));
  if (type !== "ALL" && type !== "ANY" && type !== "NONE") {
    report(rule, `unknown: ${JSON.stringify(type)}`, "type");
    return never;
  }
  const own = fold(type, conditions);
  if (rules.length === 0) return own;
  const nested = fold(type, rules);
  return conditions.length === 0 ? nested : (subject) => own(subject) && nested(subject);
}

/** An empty list holds, whatever the type. */
function fold(type: "ALL" | "ANY" | "NONE", predicates: readonly Predicate[]): Predicate {
  const [only] = predicates;
  if (only === undefined) return () => true;
  if (predicates.length === 1 && type !== "NONE") return only;
  const decisive = type !== "ALL";
  const decision = type === "ANY";
  return (subject) => {
    for (const predicate of predicates) if (predicate(subject) === decisive) return decision;
    return !decision;
  };
}

function compileCondition(condition: Place, scope: SegmentScope): Predicate {
  const operator = text(condition, "operator");
  const { propertyMember } = scope;
  const property = optional(text, condition, propertyMember) ?? "";
  const operand = condition.json["value"];
  if (operator === "PERCENTAGE_SPLIT" && property === "") {
    const prefixes = hashPrefixes(scope.segmentKey, scope.environmentKey);
    const threshold = tryMember(condition, "value", () => thresholdOf(operand));
    if (threshold === undefined) return never;
    return (subject) => identityPercentage(subject, prefixes) <= threshold;
  }
  const read = tryMember(condition, propertyMember, () => compileProperty(property, scope.flags));
  const compile = read && tryMember(condition, "operator", () => operatorOf(operator));
  const test = compile && tryMember(condition, "value", () => compile(operand, scope.segmentKey));
  if (read === undefined || test === undefined) return never;
  const whenAbsent = operator === "IS_NOT_SET";
  return (subject) => {
    const value = coerce(read(subject));
    return value === null ? whenAbsent : test(value);
  };
}
