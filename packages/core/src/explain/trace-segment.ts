import { hashToPercentage } from "../engine/percentage.ts";
import { compileProperty } from "../engine/property.ts";
import { isJsonObject, type JsonObject, readInput } from "../engine/reader.ts";
import { attempt, refuse } from "../engine/refusal.ts";
import { compileCondition, compileRules, fold } from "../engine/segment.ts";
import { createIdentityHash, type Predicate, type Subject } from "../engine/subject.ts";
import type { CompiledSegment } from "../engine/tables.ts";
import { Float, type TypedValue, toPythonText, toTypedValue } from "../engine/value.ts";
import { maxSteps, spend, type Work } from "../engine/work.ts";
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

/** The member of a condition that holds its property, in an environment document. */
const propertyMember = "property_";

/** The steps of an explanation, about 0.2 s. After them, conditions that need steps are not evaluated. */
const maxTraceSteps = 4 * maxSteps;

/**
 * Traces a segment. Evaluates all its conditions, also those that an evaluation skips.
 *
 * @param work - that of the whole explanation.
 */
export function traceSegment(segment: CompiledSegment, subject: Subject, work: Work): SegmentTrace {
  const { entry, key, rules: kept } = segment;
  const json: unknown = typeof kept === "string" ? JSON.parse(kept) : kept;
  const environmentKey = subject.tables.environment.key;
  const scope = { entry, key, environmentKey, propertyMember };
  const { value: compiled, problems: list = [] } = readInput({ rules: json }, (input) =>
    compileRules(input, scope),
  );
  const problems = list.map(({ message }) => message);
  const trace = { rules: [], isMatch: false, refusal: null, problems, flags: [] };
  if (!compiled || compiled.isMalformed) return { ...trace, refusal: problems.at(-1) ?? null };
  const { steps } = subject;
  const tracer = new RuleTracer(subject, scope, work);
  const traced = listObjects(json).map((rule) => tracer.traceRule(rule));
  const rules = traced.map(({ rule }) => rule);
  const { flags } = compiled;
  if (rules.length === 0) return { ...trace, flags };
  const matches = combine("ALL", traced);
  const [isMatch, refusal] = attempt<[boolean, string | null]>(
    () => [run(matches, subject) === true, null],
    (reason) => [false, `The conditions cannot be evaluated: ${reason}.`],
  );
  // The work of the trace does not count.
  subject.steps = steps;
  return { rules, isMatch, refusal, problems, flags };
}

/** Traces the rules of one segment for one subject. */
class RuleTracer {
  readonly #subject: Subject;
  readonly #scope: RuleScope;
  readonly #work: Work;

  constructor(subject: Subject, scope: RuleScope, work: Work) {
    this.#subject = subject;
    this.#scope = scope;
    this.#work = work;
  }

  traceRule(json: JsonObject): TracedRule {
    const type = json["type"] as ExplainedRule["type"];
    const conditions = listObjects(json["conditions"]).map((item) => this.#traceCondition(item));
    const nested = listObjects(json["rules"]).map((item) => this.traceRule(item));
    // Like in the engine, the type combines the conditions and the nested rules separately.
    const parts = [conditions, nested].filter(({ length }) => length > 0);
    const matches = combine(
      "ALL",
      parts.map((part) => ({ matches: combine(type, part) })),
    );
    const rule = {
      type,
      isMatch: attempt(
        () => run(matches, this.#subject) ?? null,
        () => null,
      ),
      conditions: conditions.map(({ condition }) => condition),
      rules: nested.map(({ rule }) => rule),
    };
    return { rule, matches };
  }

  #traceCondition(json: JsonObject): TracedCondition {
    const { value: predicate, problems = [] } = readInput(json, (input) =>
      compileCondition(input, { ...this.#scope, flags: [] }),
    );
    // With no steps left, only conditions that need none are evaluated.
    const from = this.#work.steps < maxTraceSteps ? 0 : maxSteps;
    this.#subject.steps = from;
    const [isMatch, failure] = attempt<[boolean | undefined, string | undefined]>(
      () => [predicate?.(this.#subject), undefined],
      (reason) => [undefined, from === 0 ? reason : "their explanation needs too much work"],
    );
    // A flag that is read can leave fewer.
    const steps = Math.max(this.#subject.steps - from, 0);
    this.#work.steps += steps;
    const condition = {
      ...this.#describeComparison(json),
      isMatch: isMatch ?? null,
      problem: problems[0]?.message ?? (failure === undefined ? null : `${failure}.`),
    };
    return {
      condition,
      // An evaluation does the work, and fails, only if it needs the condition.
      matches: (subject) => {
        if (failure !== undefined) refuse(failure);
        spend(subject, steps);
        return isMatch;
      },
    };
  }

  #describeComparison(json: JsonObject): ComparedValues {
    const operator = String(json["operator"]);
    const property = String(json[propertyMember] ?? "");
    const operand = json["value"] ?? null;
    const isSplit = operator === "PERCENTAGE_SPLIT";
    if (isSplit && property === "") return this.#describeIdentitySplit(operand);
    const subject = this.#subject;
    const { raw, source } = readProperty(property, subject);
    const value = toTypedValue(raw);
    const hasPercentage = isSplit && value !== null;
    const note = value === null ? undefined : findComparisonNote({ operator, operand }, raw, value);
    return {
      property,
      operator,
      operand,
      source,
      actual: value === null ? null : (raw as ExplainedCondition["actual"]),
      actualType: findType(value),
      percentage: hasPercentage
        ? hashToPercentage(`${this.#scope.key},`, toPythonText(value))
        : null,
      note: note ?? null,
    };
  }

  /** A split without a property divides identities. */
  #describeIdentitySplit(operand: unknown): ComparedValues {
    const { key, environmentKey } = this.#scope;
    const { identifier } = this.#subject;
    const percentage = createIdentityHash(key, environmentKey)(this.#subject);
    return {
      property: "",
      operator: "PERCENTAGE_SPLIT",
      operand,
      source: "identity",
      actual: identifier,
      actualType: identifier === null ? "missing" : "text",
      percentage: Number.isNaN(percentage) ? null : percentage,
      note: null,
    };
  }
}

/** Runs rules with the whole budget of work, because an evaluation may skip those before them. */
function run(matches: Predicate, subject: Subject): boolean | undefined {
  subject.steps = 0;
  return matches(subject);
}

type RuleScope = Parameters<typeof compileRules>[1];

type ComparedValues = Omit<ExplainedCondition, "isMatch" | "problem">;

interface TracedRule {
  readonly rule: ExplainedRule;
  readonly matches: Predicate;
}

interface TracedCondition {
  readonly condition: ExplainedCondition;
  readonly matches: Predicate;
}

/** Combines traced rules or conditions as the engine does. */
function combine(
  type: ExplainedRule["type"],
  parts: readonly { readonly matches: Predicate }[],
): Predicate {
  return fold(
    type,
    parts.map(({ matches }) => matches),
  );
}

/** The rules have been checked, so that all items of a list are objects. */
function listObjects(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

/** Reads the value that a condition compares, without counting the work. A trait takes precedence over a path. */
function readProperty(
  property: string,
  subject: Subject,
): { readonly raw: unknown; readonly source: ExplainedCondition["source"] } {
  const trait = subject.readTrait(property);
  const { steps } = subject;
  const result = attempt<ReturnType<typeof readProperty>>(
    () => {
      const read = compileProperty(property, []);
      const isTrait = typeof read === "string" || (trait ?? null) !== null;
      return isTrait ? { raw: trait, source: "trait" } : { raw: read(subject), source: "context" };
    },
    () => ({ raw: null, source: "context" }),
  );
  subject.steps = steps;
  return result;
}

function findType(value: TypedValue | null): ExplainedCondition["actualType"] {
  if (value === null) return "missing";
  if (value instanceof Float) return "float";
  if (typeof value === "boolean") return "boolean";
  return typeof value === "string" ? "text" : "integer";
}
