import { describe, expect, test } from "vitest";
import {
  compile,
  type EvaluationContext,
  type FeatureContext,
  getEvaluationResult,
  type RuleContext,
  type SegmentContext,
} from "../../src/engine/index.ts";

const environment = { key: "env", name: "Production" };

describe("names that objects come with", () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];

  test.each(names)("%s is a feature, a trait and a segment like any other", (name) => {
    const json = `{"environment":{"key":"e","name":"e"},
      "identity":{"identifier":"i","traits":{"${name}":"yes"}},
      "features":{"${name}":{"key":"1","name":"${name}","enabled":false,"value":1}},
      "segments":{"${name}":{"key":"1","name":"${name}",
        "rules":[{"type":"ALL","conditions":[{"property":"${name}","operator":"EQUAL","value":"yes"}]}],
        "overrides":[{"key":"2","name":"${name}","enabled":true,"value":2}]}}}`;
    const { flags, segments } = getEvaluationResult(JSON.parse(json) as EvaluationContext);
    expect(Object.keys(flags)).toEqual([name]);
    expect(Object.getOwnPropertyDescriptor(flags, name)?.value).toMatchObject({
      enabled: true,
      value: 2,
    });
    expect(segments).toEqual([{ name }]);
    expect(Object.getPrototypeOf(flags)).toBe(Object.prototype);
  });

  test.each(names)("%s is no trait of someone who has none", (name) => {
    for (const property of [name, `$.identity.traits.${name}`, `$.identity.traits['${name}']`]) {
      expect(matches({ property, operator: "IS_SET", value: "" }, { traits: {} })).toBe(false);
    }
  });
});

describe("nesting", () => {
  test("of rules is followed for 64 levels, and never matches beyond", () => {
    expect(getEvaluationResult(contextOf(nested(64))).segments).toHaveLength(1);
    const tooDeep = compile(contextOf(nested(65)));
    expect(tooDeep.value?.evaluate().segments()).toEqual([]);
    expect(tooDeep.problems?.[0]?.message).toBe("more than 64 levels");
    expect(getEvaluationResult(contextOf(nested(20_000))).segments).toEqual([]);
  });

  test("of traits is no trouble", () => {
    let trait: unknown = 1;
    for (let i = 0; i < 20_000; i++) trait = [{ x: trait }];
    const traits = { trait } as never;
    for (const property of ["trait", "$.identity.traits.trait", "$..y", "$.identity.*"]) {
      expect(matches({ property, operator: "IS_NOT_SET", value: "" }, { traits })).toBe(
        property !== "$.identity.*",
      );
    }
  });

  test("of a list in a condition is no trouble", () => {
    const value = "[".repeat(20_000) + "]".repeat(20_000);
    expect(matches({ property: "a", operator: "IN", value }, { traits: { a: "x" } })).toBe(false);
  });
});

describe("what cannot be evaluated", () => {
  test.each([
    [{ property: "a", operator: "REGEX", value: "[" }, "value", "invalid at its end"],
    [{ property: "a", operator: "REGEX", value: "(a)\\1" }, "value", 'not supported at "\\1"'],
    [{ property: "a", operator: "MODULO", value: "0|1" }, "value", "must be like 2|0"],
    [{ property: "a", operator: "MODULO", value: "x" }, "value", "must be like 2|0"],
    [{ property: "a", operator: "PERCENTAGE_SPLIT", value: "50%" }, "value", "must be a number"],
    [{ property: "a", operator: "EQUAL", value: [1] }, "value", "must be a text"],
    [{ property: "a", operator: "IN", value: {} }, "value", "must be a text"],
    [{ property: "a", operator: "STARTS_WITH", value: "x" }, "operator", 'unknown: "STARTS_WITH"'],
    [
      { property: "$.a[?@.b]", operator: "EQUAL", value: "x" },
      "property",
      'not supported at "?@.b]"',
    ],
    [
      { property: "$.segments.a.name", operator: "EQUAL", value: "x" },
      "property",
      "segments cannot be read",
    ],
  ])("is false and a problem: %j", (condition, member, message) => {
    const context = contextOf([{ type: "ALL", conditions: [condition] }], { traits: { a: "5" } });
    const { value, problems } = compile(context);
    expect(problems).toEqual([{ path: `segments.s.rules[0].conditions[0].${member}`, message }]);
    expect(value?.evaluate(context.identity).segments()).toEqual([]);
  });

  test("is no trait value in the problem", () => {
    const context = contextOf([{ type: "SOME" }], { traits: { secret: "s3cret" } });
    expect(compile(context).problems).toEqual([
      { path: "segments.s.rules[0].type", message: 'unknown: "SOME"' },
    ]);
  });
});

describe("a context of the wrong shape", () => {
  test.each([
    [undefined, ""],
    [null, ""],
    [[], ""],
    ["context", ""],
    [{}, "environment"],
    [{ environment: { name: "x" } }, "environment.key"],
    [{ environment, features: [] }, "features"],
    [{ environment, features: { f: null } }, "features.f"],
    [
      { environment, features: { f: { key: "1", name: "f", enabled: "yes" } } },
      "features.f.enabled",
    ],
    [
      { environment, features: { f: feature({ variants: [{ value: 1 } as never] }) } },
      "features.f.variants[0].weight",
    ],
    [{ environment, features: { f: feature({ value: {} as never }) } }, "features.f.value"],
    [{ environment, segments: { s: { key: "1", name: "s" } } }, "segments.s.rules"],
    [
      { environment, segments: { s: { key: "1", name: "s", rules: [{}] } } },
      "segments.s.rules[0].type",
    ],
  ])("is refused with the member's path, and has no flags: %#", (context, refused) => {
    const input = context as EvaluationContext;
    expect(compile(input)).toEqual({ refused });
    expect(getEvaluationResult(input)).toEqual({ flags: {}, segments: [] });
  });
});

describe("an identity", () => {
  const split = { property: "", operator: "PERCENTAGE_SPLIT", value: "100" };

  test("that is missing, null or malformed is nobody", () => {
    for (const identity of [undefined, null, [], "me", { identifier: 5 }]) {
      const context = {
        ...contextOf([{ type: "ALL", conditions: [split] }]),
        identity,
      } as EvaluationContext;
      expect(getEvaluationResult(context).segments).toEqual([]);
    }
    expect(matches(split, { traits: {} })).toBe(true);
  });

  test("may mark a trait as transient", () => {
    const condition = { property: "a", operator: "EQUAL", value: "1" };
    expect(matches(condition, { traits: { a: { value: 1, transient: true } } })).toBe(true);
    expect(
      matches({ ...condition, property: "$.identity.traits.a" }, { traits: { a: { value: 1 } } }),
    ).toBe(true);
  });
});

describe("priorities of variants", () => {
  test("beyond 2^53 are compared exactly", () => {
    const variants = [
      {
        value: "second",
        weight: 100,
        priority: "121919549782269058122935153210485482173",
        key: "b",
      },
      {
        value: "first",
        weight: 100,
        priority: "121919549782269058122935153210485482172",
        key: "a",
      },
    ];
    const context = {
      environment,
      identity: { identifier: "i" },
      features: { f: feature({ variants }) },
    };
    expect(getEvaluationResult(context).flags["f"]?.value).toBe("first");
  });

  test("keep the order of the input where they are equal or missing", () => {
    const variants = [
      { value: "last", weight: 100 },
      { value: "one", weight: 50, priority: 1 },
      { value: "two", weight: 50, priority: 1 },
    ];
    const context = (key: string) => ({
      environment,
      identity: { identifier: "i", key },
      features: { f: feature({ key: "77", variants }) },
    });
    expect(getEvaluationResult(context("23068")).flags["f"]?.value).toBe("one");
    expect(getEvaluationResult(context("30620")).flags["f"]?.value).toBe("two");
  });
});

function feature(members: Partial<FeatureContext>): FeatureContext {
  return { key: "1", name: "f", enabled: true, value: null, ...members };
}

function nested(levels: number): RuleContext[] {
  let rules: RuleContext[] = [];
  for (let i = 0; i < levels; i++) rules = [{ type: "ALL", rules }];
  return rules;
}

function contextOf(
  rules: SegmentContext["rules"],
  { traits = {} }: { traits?: NonNullable<EvaluationContext["identity"]>["traits"] } = {},
): EvaluationContext {
  return {
    environment,
    identity: { identifier: "me", traits: traits ?? {} },
    segments: { s: { key: "s", name: "s", rules } },
  };
}

function matches(
  condition: { property: string; operator: string; value: unknown },
  options: Parameters<typeof contextOf>[1],
): boolean {
  const context = contextOf([{ type: "ALL", conditions: [condition] }], options);
  return getEvaluationResult(context).segments.length === 1;
}
