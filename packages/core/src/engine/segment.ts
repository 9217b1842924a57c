import { compileTest } from "./condition.ts";
import { percentage } from "./percentage.ts";
import { compileProperty } from "./property.ts";
import { parseFloatText } from "./python-number.ts";
import type { Json, Reader } from "./reader.ts";
import type { Predicate, Subject } from "./subject.ts";
import { coerce, textOf, textOfJson } from "./value.ts";

/** What a segment's conditions are compiled for. */
export interface SegmentScope {
  /** Hashed together with the value a split looks at. */
  readonly segmentKey: string;
  readonly environmentKey: string;
  /** How the input spells a condition's property: `property`, or `property_` in a document. */
  readonly propertyMember: string;
  /** Receives the name of each flag whose result a condition reads. */
  readonly onFlag: (name: string) => void;
}

/** The API allows two levels; the bound keeps an evaluation within any stack. */
const DEEPEST_RULE = 64;

const never: Predicate = () => false;

/** Compiles the rules of a segment, all of which must hold. A segment without rules matches nobody. */
export function compileRules(reader: Reader, segment: Json, scope: SegmentScope): Predicate {
  const rules = compileRuleList(reader, segment, scope, 1);
  return rules.length === 0 ? never : fold("ALL", rules);
}

function compileRuleList(
  reader: Reader,
  parent: Json,
  scope: SegmentScope,
  depth: number,
): Predicate[] {
  const rules: Predicate[] = [];
  reader.each(parent, "rules", (rule) => {
    rules.push(compileRule(reader, rule, scope, depth));
  });
  return rules;
}

/** The conditions and the sub-rules are folded each by the rule's type; both results must hold. */
function compileRule(reader: Reader, rule: Json, scope: SegmentScope, depth: number): Predicate {
  const type = reader.text(rule, "type");
  if (depth > DEEPEST_RULE) {
    reader.report(undefined, `rules are nested more than ${DEEPEST_RULE} levels deep`);
    return never;
  }
  const conditions: Predicate[] = [];
  reader.eachOptional(rule, "conditions", (condition) => {
    conditions.push(compileCondition(reader, condition, scope));
  });
  const rules =
    (rule["rules"] ?? null) === null ? [] : compileRuleList(reader, rule, scope, depth + 1);
  if (type !== "ALL" && type !== "ANY" && type !== "NONE") {
    reader.report("type", `unknown rule type ${JSON.stringify(type)}`);
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
  if (type === "NONE") {
    const any = fold("ANY", predicates);
    return (subject) => !any(subject);
  }
  if (predicates.length === 1) return only;
  const decisive = type === "ANY";
  return (subject) => {
    for (const predicate of predicates) if (predicate(subject) === decisive) return decisive;
    return !decisive;
  };
}

function compileCondition(reader: Reader, condition: Json, scope: SegmentScope): Predicate {
  const operator = reader.text(condition, "operator");
  const { propertyMember } = scope;
  const name = reader.optionalText(condition, propertyMember) ?? "";
  const property = compileProperty(name);
  if (typeof property === "string") {
    reader.report(propertyMember, property);
    return never;
  }
  const { read, flag } = property;
  if (flag !== undefined) scope.onFlag(flag);
  if (operator === "PERCENTAGE_SPLIT") {
    const threshold = parseFloatText(textOfJson(condition["value"]) ?? "");
    if (threshold !== undefined) {
      return name === "" ? splitByIdentity(threshold, scope) : splitBy(read, threshold, scope);
    }
    reader.report("value", "the threshold of a split must be a number");
    return never;
  }
  const test = compileTest(operator, condition["value"]);
  if (typeof test !== "string") return (subject) => test(read(subject));
  reader.report(test.startsWith("unknown operator") ? "operator" : "value", test);
  return never;
}

/** The common case has its own way, so that the identity's key is hashed without being built. */
function splitByIdentity(threshold: number, scope: SegmentScope): Predicate {
  const own = `${scope.segmentKey},`;
  const composite = `${own}${scope.environmentKey}_`;
  return ({ identifier, ownKey }) => {
    if (identifier === null) return false;
    const hash = ownKey === null ? percentage(composite, identifier) : percentage(own, ownKey);
    return hash <= threshold;
  };
}

function splitBy(
  read: (subject: Subject) => unknown,
  threshold: number,
  { segmentKey }: SegmentScope,
): Predicate {
  return (subject) => {
    const value = coerce(read(subject));
    return value !== null && percentage(`${segmentKey},`, textOf(value)) <= threshold;
  };
}
