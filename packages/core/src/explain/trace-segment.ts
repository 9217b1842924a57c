import { hashToPercentage } from "../engine/percentage.ts";
import { compileProperty } from "../engine/property.ts";
import { isJsonObject, type JsonObject, readInput } from "../engine/reader.ts";
import { attempt, refuse } from "../engine/refusal.ts";
import { compileCondition, compileRules, fold } from "../engine/segment.ts";
import { createIdentityHash, type Predicate, type Subject } from "../engine/subject.ts";
import type { CompiledSegment } from "../engine/tables.ts";
import { Float, type TypedValue, toPythonText, toTypedValue } from "../engine/value.ts";
import { findComparisonNote } from "./comparison-note.ts";
import type { ExplainedCondition, ExplainedRule } from "./explanation.ts";

/** The trace of the rules of one segment. */
export interface SegmentTrace {
  readonly rules: readonly ExplainedRule[];
  /** Whether the rules match. Does not consider cycles of flags and the work of other segments. */
  readonly isMatch: boolean;
  /** Why the rules cannot be evaluated. */
  readonly refusal: string | null;
  /** The problems of the segment in the document. */
  readonly problems: readonly string[];
  /** The names of the flags that the rules read. */
  readonly flags: readonly string[];
}

/** The member that holds a condition's property: `property_` in a document, `property` in a context. */
export type PropertyMember = "property_" | "property";

/** Traces a segment. Evaluates all its conditions, also those that an evaluation skips. */
export function traceSegment(
  segment: CompiledSegment,
  subject: Subject,
  propertyMember: PropertyMember,
): SegmentTrace {
  const { entry, key } = segment;
  const environmentKey = subject.tables.environment.key;
  const scope = { entry, key, environmentKey, propertyMember };
  const { value: compiled, problems = [] } = readInput({ rules: segment.rules }, (input) =>
    compileRules(input, scope),
  );
  const messages = problems.map(({ message }) => message);
  if (!compiled || compiled.isMalformed) {
    const refusal = messages.at(-1) ?? null;
    return { rules: [], isMatch: false, refusal, problems: messages, flags: [] };
  }
  // An evaluation counts the work of each segment.
  subject.steps = 0;
  const traced = listObjects(segment.rules).map(traceRule);
  const rules = traced.map(({ rule }) => rule);
  const { flags } = compiled;
  if (rules.length === 0) {
    return { rules, isMatch: false, refusal: null, problems: messages, flags };
  }
  const matches = fold(
    "ALL",
    traced.map(({ matches }) => matches),
  );
  const [isMatch, refusal] = attempt<[boolean, string | null]>(
    () => [matches(subject) === true, null],
    (reason) => [false, `The conditions cannot be evaluated: ${reason}.`],
  );
  return { rules, isMatch, refusal, problems: messages, flags };

  function traceRule(json: JsonObject): TracedRule {
    const type = json["type"] as ExplainedRule["type"];
    const conditions = listObjects(json["conditions"]).map(traceCondition);
    const nested = listObjects(json["rules"]).map(traceRule);
    // Like in the engine, the type combines the conditions and the nested rules separately.
    const parts = [conditions, nested].filter(({ length }) => length > 0);
    const matches = fold(
      "ALL",
      parts.map((part) =>
        fold(
          type,
          part.map(({ matches }) => matches),
        ),
      ),
    );
    const rule = {
      type,
      isMatch: decide(matches),
      conditions: conditions.map(({ condition }) => condition),
      rules: nested.map(({ rule }) => rule),
    };
    return { rule, matches };
  }

  function traceCondition(json: JsonObject): TracedCondition {
    const { value: predicate, problems = [] } = readInput(json, (input) =>
      compileCondition(input, { ...scope, flags: [] }),
    );
    const [isMatch, failure] = attempt<[boolean | undefined, string | undefined]>(
      () => [predicate?.(subject), undefined],
      (reason) => [undefined, reason],
    );
    const condition = {
      ...describeComparison(json),
      isMatch: isMatch ?? null,
      problem: problems[0]?.message ?? (failure === undefined ? null : `${failure}.`),
    };
    return {
      condition,
      // An evaluation fails only if it needs the condition.
      matches: () => (failure === undefined ? isMatch : refuse(failure)),
    };
  }

  function describeComparison(json: JsonObject): Omit<ExplainedCondition, "isMatch" | "problem"> {
    const operator = String(json["operator"]);
    const property = String(json[propertyMember] ?? "");
    const operand = json["value"] ?? null;
    const isSplit = operator === "PERCENTAGE_SPLIT";
    if (isSplit && property === "") {
      const percentage = createIdentityHash(key, environmentKey)(subject);
      return {
        property,
        operator,
        operand,
        source: "identity",
        actual: subject.identifier,
        actualType: subject.identifier === null ? "missing" : "text",
        percentage: Number.isNaN(percentage) ? null : percentage,
        note: null,
      };
    }
    const raw = readProperty(property, subject);
    const value = toTypedValue(raw);
    return {
      property,
      operator,
      operand,
      source: isPath(property, subject) ? "context" : "trait",
      actual: value === null ? null : (raw as ExplainedCondition["actual"]),
      actualType: findType(value),
      percentage:
        isSplit && value !== null ? hashToPercentage(`${key},`, toPythonText(value)) : null,
      note:
        (value === null ? undefined : findComparisonNote({ operator, operand }, raw, value)) ??
        null,
    };
  }

  function decide(matches: Predicate): boolean | null {
    return attempt(
      () => matches(subject) ?? null,
      () => null,
    );
  }
}

interface TracedRule {
  readonly rule: ExplainedRule;
  readonly matches: Predicate;
}

interface TracedCondition {
  readonly condition: ExplainedCondition;
  readonly matches: Predicate;
}

/** The rules have been checked, so that all items of a list are objects. */
function listObjects(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

/** Reads the value that a condition compares, without counting the work. */
function readProperty(property: string, subject: Subject): unknown {
  const { steps } = subject;
  const value = attempt<unknown>(
    () => compileProperty(property, [])(subject),
    () => null,
  );
  subject.steps = steps;
  return value;
}

/** Whether a property is a path into the context, unless there is a trait of that name. */
function isPath(property: string, { traits }: Subject): boolean {
  return property.startsWith("$.") && !Object.hasOwn(traits, property);
}

function findType(value: TypedValue | null): ExplainedCondition["actualType"] {
  if (value === null) return "missing";
  if (value instanceof Float) return "float";
  if (typeof value === "boolean") return "boolean";
  return typeof value === "string" ? "text" : "integer";
}
