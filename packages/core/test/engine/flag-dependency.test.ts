import { describe, expect, test } from "vitest";
import { compile, type EvaluationContext, getEvaluationResult } from "../../src/engine/index.ts";
import { timeout } from "./support.ts";

const circular = "ERROR; code=CIRCULAR_DEPENDENCY";

/** A segment that enables a feature if all the flags that it reads are disabled. */
interface Dependency {
  readonly feature: string;
  readonly reads: readonly string[];
  /** A plan for which the segment also matches. */
  readonly orPlan?: string;
}

describe("flags that depend on flags", { timeout }, () => {
  test("are resolved in chains of up to 32", () => {
    expect(chain(31).at(-1)).toMatchObject({ reason: expect.stringContaining("TARGETING_MATCH") });
    const long = compile(chainContext(40));
    expect(long.problems?.[0]).toEqual({
      message: 'Segment "s31": it depends on 32 or more flags in a row. The segment never matches.',
    });
    expect(compile(chainContext(31)).problems).toEqual([]);
    expect(compile(chainContext(32)).problems).toHaveLength(1);
    expect(() => chain(20_000)).not.toThrow();
  });

  test("in a circle have an error as reason, and the value without the segment", () => {
    const result = getEvaluationResult(
      createContext([
        { feature: "a", reads: ["b"] },
        { feature: "b", reads: ["c"] },
        { feature: "c", reads: ["a"] },
        { feature: "d", reads: ["a"] },
      ]),
    );
    expect(reasons(result.flags)).toEqual({
      a: circular,
      b: circular,
      c: circular,
      d: "TARGETING_MATCH; segment=d reads a",
    });
    expect(result.flags["a"]?.enabled).toBe(false);
    expect(result.segments).toEqual([{ name: "d reads a" }]);
  });

  test("in a circle of 32 or more are too deep", () => {
    const circle = (length: number) => {
      const names = Array.from({ length }, (_, i) => `f${i}`);
      return createContext(
        names.map((feature, i) => ({ feature, reads: [`f${(i + 1) % length}`] })),
      );
    };
    expect(Object.values(reasons(getEvaluationResult(circle(31)).flags))).toEqual(
      Array(31).fill(circular),
    );
    const { flags } = getEvaluationResult(circle(32));
    expect(Object.values(reasons(flags))).toEqual(Array(32).fill("DEFAULT"));
  });

  test("that read themselves are circular", () => {
    const { flags, segments } = getEvaluationResult(
      createContext([{ feature: "a", reads: ["a"] }]),
    );
    expect(reasons(flags)).toEqual({ a: circular });
    expect(segments).toEqual([]);
  });

  test("are not circular if a segment matches without reading the flag", () => {
    const dependencies = [
      { feature: "a", reads: ["b"], orPlan: "gold" },
      { feature: "b", reads: ["a"] },
    ];
    const gold = getEvaluationResult(createContext(dependencies, { plan: "gold" }));
    expect(reasons(gold.flags)).toEqual({ a: "TARGETING_MATCH; segment=a reads b", b: "DEFAULT" });
    const free = getEvaluationResult(createContext(dependencies, { plan: "free" }));
    expect(reasons(free.flags)).toEqual({ a: circular, b: circular });
  });

  test("are the same whichever is evaluated first", () => {
    const names = ["a", "b", "c", "d", "e"];
    // Every pair of dependencies among five flags, which gives circles that share members and segments.
    const pairs = names.flatMap((feature) => names.map((read) => ({ feature, reads: [read] })));
    for (const one of pairs) {
      for (const other of pairs) {
        const fixed = [
          { feature: "a", reads: ["b", "c"] },
          { feature: "b", reads: ["d"] },
          { feature: "d", reads: ["e"] },
        ];
        checkOrders(createContext([...fixed, one, other], {}, names), names);
      }
    }
  });

  test("read null for paths that are not a member of one flag", () => {
    for (const path of [
      "$.flags.a",
      "$.flags.*",
      "$.flags.a.metadata",
      "$.flags.x.enabled",
      "$.flags['a','b'].enabled",
    ]) {
      const context = createContext([]);
      const rules = [
        { type: "ALL", conditions: [{ property: path, operator: "IS_NOT_SET", value: "" }] },
      ];
      const segments = { s: { key: "s", name: "s", rules } };
      expect(getEvaluationResult({ ...context, segments }).segments).toEqual([{ name: "s" }]);
    }
  });
});

function checkOrders(context: EvaluationContext, names: readonly string[]): void {
  const environment = compile(context).value;
  const expected = environment?.evaluate(context.identity);
  const flags = new Map(expected?.flags().map((flag) => [flag.name, flag]));
  const segments = expected?.segments();
  for (const first of names) {
    const evaluation = environment?.evaluate(context.identity);
    expect(evaluation?.flag(first)).toEqual(flags.get(first));
    for (const name of [...names].reverse())
      expect(evaluation?.flag(name)).toEqual(flags.get(name));
    expect(evaluation?.segments()).toEqual(segments);
  }
  expect(environment?.evaluate(context.identity).segments()).toEqual(segments);
}

function chain(length: number) {
  return Object.values(getEvaluationResult(chainContext(length)).flags);
}

/** Each flag but the first depends on the name of the previous one, which always matches. */
function chainContext(length: number): EvaluationContext {
  const names = Array.from({ length: length + 1 }, (_, i) => `f${i}`);
  const segments = names.slice(1).map((name, i) => {
    const condition = { property: `$.flags.f${i}.name`, operator: "EQUAL", value: `f${i}` };
    return [
      `s${i}`,
      {
        key: `s${i}`,
        name: `s${i}`,
        rules: [{ type: "ALL", conditions: [condition] }],
        overrides: [{ key: "1", name, enabled: true, value: null }],
      },
    ] as const;
  });
  return { ...createContext([], {}, names), segments: Object.fromEntries(segments) };
}

function createContext(
  dependencies: readonly Dependency[],
  traits: Readonly<Record<string, string>> = {},
  names: readonly string[] = dependencies.map(({ feature }) => feature),
): EvaluationContext {
  const segments = dependencies.map(({ feature, reads, orPlan = "" }, i) => {
    const conditions = reads.map((read) => {
      return { property: `$.flags.${read}.enabled`, operator: "EQUAL", value: "false" };
    });
    const plan = { property: "plan", operator: "EQUAL", value: orPlan };
    const rule =
      orPlan === ""
        ? { type: "ALL", conditions }
        : { type: "ANY", conditions: [plan, ...conditions] };
    const overrides = [{ key: "1", name: feature, enabled: true, value: null, priority: i }];
    const name = `${feature} reads ${reads.join()}`;
    return [`s${i}`, { key: `s${i}`, name, rules: [rule], overrides }] as const;
  });
  return {
    environment: { key: "e", name: "e" },
    identity: { identifier: "me", traits },
    features: Object.fromEntries(
      names.map((name) => [name, { key: name, name, enabled: false, value: null }]),
    ),
    segments: Object.fromEntries(segments),
  };
}

function reasons(flags: ReturnType<typeof getEvaluationResult>["flags"]): Record<string, string> {
  return Object.fromEntries(Object.entries(flags).map(([name, { reason }]) => [name, reason]));
}
