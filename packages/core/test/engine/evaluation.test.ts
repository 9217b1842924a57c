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

describe("the names of members that every object has", () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];

  test.each(names)("can be those of features, traits and segments: %s", (name) => {
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

  test.each(names)("are not traits of an identity without traits: %s", (name) => {
    for (const property of [name, `$.identity.traits.${name}`, `$.identity.traits['${name}']`]) {
      expect(matches({ property, operator: "IS_SET", value: "" }, { traits: {} })).toBe(false);
    }
  });
});

describe("nesting", () => {
  test("of rules is evaluated for 64 levels; deeper rules never match", () => {
    expect(getEvaluationResult(createContext(nested(64))).segments).toHaveLength(1);
    const tooDeep = compile(createContext(nested(65)));
    expect(tooDeep.value?.evaluate().segments()).toEqual([]);
    expect(getEvaluationResult(createContext(nested(20_000))).segments).toEqual([]);
  });

  test("of traits can be deep", () => {
    let trait: unknown = 1;
    for (let i = 0; i < 20_000; i++) trait = [{ x: trait }];
    const traits = { trait } as never;
    for (const property of ["trait", "$.identity.traits.trait", "$..y", "$.identity.*"]) {
      expect(matches({ property, operator: "IS_NOT_SET", value: "" }, { traits })).toBe(
        property !== "$.identity.*",
      );
    }
  });

  test("of a list in a condition can be deep", () => {
    const value = "[".repeat(20_000) + "]".repeat(20_000);
    expect(matches({ property: "a", operator: "IN", value }, { traits: { a: "x" } })).toBe(false);
  });
});

describe("a malformed context", () => {
  test.each([
    [undefined, ""],
    [null, ""],
    [[], ""],
    ["context", ""],
    [{}, "environment"],
    [{ environment: { name: "x" } }, "environment.key"],
    [{ environment, features: [] }, "features"],
  ])("is refused with the path of the malformed member: %#", (context, refused) => {
    const input = context as EvaluationContext;
    expect(compile(input)).toEqual({ refused });
    expect(getEvaluationResult(input)).toEqual({ flags: {}, segments: [] });
  });
});

describe("an identity", () => {
  const split = { property: "", operator: "PERCENTAGE_SPLIT", value: "100" };

  test("that is null or malformed counts as missing", () => {
    for (const identity of [undefined, null, [], "me", { identifier: 5 }]) {
      const context = {
        ...createContext([{ type: "ALL", conditions: [split] }]),
        identity,
      } as EvaluationContext;
      expect(getEvaluationResult(context).segments).toEqual([]);
    }
    expect(matches(split, { traits: {} })).toBe(true);
  });

  test("can have transient traits", () => {
    const condition = { property: "a", operator: "EQUAL", value: "1" };
    expect(matches(condition, { traits: { a: { value: 1, transient: true } } })).toBe(true);
    expect(
      matches({ ...condition, property: "$.identity.traits.a" }, { traits: { a: { value: 1 } } }),
    ).toBe(true);
    // The wildcard finds the value, and the other path no member of a long form.
    for (const [property, isMatch] of [
      ["$.identity.traits.*", true],
      ["$.identity..value", false],
    ] as const) {
      const condition = { property, operator: "IS_SET", value: "" };
      expect(matches(condition, { traits: { a: { value: 1, transient: true } } })).toBe(isMatch);
    }
  });
});

test("a path into the features reads no traits, of which there can be thousands", () => {
  const condition = { property: "$.features.banner.value", operator: "IS_NOT_SET", value: "" };
  const compiled = compile(createContext([{ type: "ALL", conditions: [condition] }])).value;
  let reads = 0;
  const identity = {
    identifier: "me",
    get traits() {
      reads++;
      return {};
    },
    readTrait: () => undefined,
  };
  expect(compiled?.evaluate(identity).segments()).toHaveLength(1);
  expect(reads).toBe(0);
});

test("a segment can have the overrides of 200,000 identities", () => {
  const value = Array.from({ length: 200_000 }, (_, index) => `user-${index}`);
  const conditions = [{ property: "$.identity.identifier", operator: "IN", value }];
  const { flags } = getEvaluationResult({
    environment,
    identity: { identifier: "user-199999" },
    features: { f: { key: "1", name: "f", enabled: false, value: "base" } },
    segments: {
      overrides: {
        key: "",
        name: "identity_overrides",
        rules: [{ type: "ALL", conditions }],
        overrides: [{ key: "2", name: "f", enabled: true, value: "own" }],
        metadata: { source: "identity_override" },
      },
    },
  });
  expect(flags["f"]?.value).toBe("own");
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

  test("keep the order of the input if they are equal or missing", () => {
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

function createContext(
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
  options: Parameters<typeof createContext>[1],
): boolean {
  const context = createContext([{ type: "ALL", conditions: [condition] }], options);
  return getEvaluationResult(context).segments.length === 1;
}

test("only a percentage split needs no property", () => {
  for (const operator of ["EQUAL", "CONTAINS", "IN"] as const) {
    const condition = { property: "", operator, value: "100" };
    expect(matches(condition, { traits: { plan: "gold" } })).toBe(false);
  }
  const split = { property: "", operator: "PERCENTAGE_SPLIT", value: "100" } as const;
  expect(matches(split, { traits: {} })).toBe(true);
});

test("texts are compared by their code points", () => {
  const sorted = ["\ud7ff", "\ue000", "\ue001", "\uffff", "\u{10000}", "\u{10ffff}"];
  for (const [index, text] of sorted.entries()) {
    const lower = sorted.filter((value) =>
      matches({ property: "x", operator: "GREATER_THAN", value }, { traits: { x: text } }),
    );
    expect(lower).toEqual(sorted.slice(0, index));
  }
});

test.each<[unknown, unknown, boolean]>([
  ["[[1]]", "", false],
  ["[{}]", "", false],
  ['[[1], "a"]', "a", true],
  ["[null]", "None", true],
  [[[1], {}], "", false],
  [["", {}], "", true],
])("IN %j has no members that are lists or objects", (value, plan, isMember) => {
  const conditions = [{ property: "plan", operator: "IN", value }];
  const segment = { key: "s", name: "s", rules: [{ type: "ALL", conditions }] };
  const compiled = compile({ environment, segments: { s: segment } }).value;
  const traits = { plan } as never;
  const matching = compiled?.evaluate({ identifier: "i", traits }).segments();
  expect(matching).toHaveLength(isMember ? 1 : 0);
});

test.each([
  ["$.identity.traits.😀", "$.identity.traits.😀"],
  ["$.identity.traits['😀']", "😀"],
  ["$.identity.traits.\uffff", "\uffff"],
])("%s reads the trait %s", (property, name) => {
  const conditions = [{ property, operator: "IS_SET", value: "" }];
  const segment = { key: "s", name: "s", rules: [{ type: "ALL", conditions }] };
  const compiled = compile({ environment, segments: { s: segment } }).value;
  const count = (trait: string) =>
    compiled?.evaluate({ identifier: "i", traits: { [trait]: "x" } }).segments().length;
  expect(count(name)).toBe(1);
  expect(["😀", "\uffff", "x"].filter((trait) => trait !== name).map(count)).not.toContain(1);
});
