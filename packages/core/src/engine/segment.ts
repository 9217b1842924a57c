import { operatorOf, thresholdOf } from "./condition.ts";
import { compileProperty } from "./property.ts";
import { each, eachOptional, type Json, optional, pathOf, report, text } from "./reader.ts";
import { attempt } from "./refusal.ts";
import { identityHash, type Predicate } from "./subject.ts";
import { coerce } from "./value.ts";

/** What a segment's rules come to. */
export interface CompiledRules {
  readonly matches: Predicate;
  /** Flags whose result the rules read, by name. */
  readonly flags: string[];
  /** Where a segment that reads flags stands in the input. */
  readonly path: string;
}

/** What a segment's conditions are compiled for. */
interface SegmentScope {
  /** Hashed together with the value a split looks at. */
  readonly key: string;
  readonly environmentKey: string;
  /** How the input spells a condition's property: `property`, or `property_` in a document. */
  readonly propertyMember: string;
}

/** The API allows two levels; the bound keeps an evaluation within any stack. Deeper rules never match. */
export const maxRuleDepth = 64;

/** Holds for nobody. */
export const never: Predicate = () => false;

/** Compiles the rules of a segment, all of which must hold. A segment without rules matches nobody. */
export function compileRules(segment: Json, scope: SegmentScope): CompiledRules {
  const { key, environmentKey, propertyMember } = scope;
  const flags: string[] = [];
  const rules = each(segment, "rules", (rule) => compileRule(rule, 1));
  const matches = rules.length === 0 ? never : fold("ALL", rules);
  return { matches, flags, path: flags.length > 0 ? pathOf() : "" };

  /** The conditions and the sub-rules are folded each by the rule's type; both results must hold. */
  function compileRule(rule: Json, depth: number): Predicate {
    const type = text(rule, "type");
    if (depth > maxRuleDepth) {
      report(pathOf(), `more than ${maxRuleDepth} levels`);
      return never;
    }
    const conditions = eachOptional(rule, "conditions", compileCondition);
    const nested = eachOptional(rule, "rules", (item) => compileRule(item, depth + 1));
    if (type !== "ALL" && type !== "ANY" && type !== "NONE") {
      report(pathOf("type"), `unknown: ${JSON.stringify(type)}`);
      return never;
    }
    const own = fold(type, conditions);
    if (nested.length === 0) return own;
    const inner = fold(type, nested);
    return conditions.length === 0 ? inner : (subject) => own(subject) && inner(subject);
  }

  function compileCondition(condition: Json): Predicate {
    const operator = text(condition, "operator");
    const property = optional(text, condition, propertyMember) ?? "";
    const operand = condition["value"];
    let member = propertyMember;
    return attempt<Predicate>(
      () => {
        if (operator === "PERCENTAGE_SPLIT" && property === "") {
          member = "value";
          const hash = identityHash(key, environmentKey);
          const threshold = thresholdOf(operand);
          return (subject) => hash(subject) <= threshold;
        }
        const read = compileProperty(property, flags);
        member = "operator";
        const compile = operatorOf(operator);
        member = "value";
        const test = compile(operand, key);
        const whenAbsent = operator === "IS_NOT_SET";
        return (subject) => {
          const value = coerce(read(subject));
          return value === null ? whenAbsent : test(value);
        };
      },
      (reason) => {
        report(pathOf(member), reason);
        return never;
      },
    );
  }
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
