import { describe, expect, test } from "vitest";
import {
  compile,
  compileEnvironmentDocument,
  mapEnvironmentDocument,
} from "../../src/engine/index.ts";

const environment = { key: "env", name: "Production" };

describe("a condition that cannot be evaluated", () => {
  test.each([
    ["REGEX", "plan", "(a", 'the REGEX condition on "plan" is invalid ("(a": missing ")")'],
    ["REGEX", "plan", "[", 'the REGEX condition on "plan" is invalid ("[": missing "]")'],
    [
      "REGEX",
      "plan",
      "(a)\\1",
      'the REGEX condition on "plan" is invalid ("(a)\\\\1": not supported at "\\\\1")',
    ],
    [
      "REGEX",
      "plan",
      `**${"x".repeat(100)}`,
      `the REGEX condition on "plan" is invalid ("**${"x".repeat(58)}…": invalid at "**${"x".repeat(18)}")`,
    ],
    ["MODULO", "age", "0|1", 'the MODULO condition on "age" is invalid ("0|1": must be like 2|0)'],
    ["MODULO", "age", "x", 'the MODULO condition on "age" is invalid ("x": must be like 2|0)'],
    [
      "PERCENTAGE_SPLIT",
      "",
      "50%",
      'the PERCENTAGE_SPLIT condition is invalid ("50%": must be a number)',
    ],
    ["EQUAL", "plan", [1], 'the EQUAL condition on "plan" is invalid (value must be text)'],
    ["IN", "plan", {}, 'the IN condition on "plan" is invalid (value must be text)'],
    [
      "STARTS\nWITH",
      "plan",
      "x",
      'the STARTS\\nWITH condition on "plan" is invalid (unknown operator)',
    ],
    [
      "EQUAL",
      "$.a[?@.b]",
      "x",
      'the EQUAL condition on "$.a[?@.b]" is invalid (not supported at "?@.b]")',
    ],
    [
      "EQUAL",
      "$.segments.a.name",
      "x",
      'the EQUAL condition on "$.segments.a.name" is invalid (segments cannot be read)',
    ],
  ])("is reported and never matches: %s on %j (%#)", (operator, property_, value, complaint) => {
    const document = createDocument([
      { type: "ALL", conditions: [{ operator, property_, value }] },
    ]);
    const { value: compiled, problems } = compileEnvironmentDocument(document);
    const consequence = complaint.includes("unknown operator")
      ? "The condition never matches."
      : "The segment matches only if its other conditions are enough.";
    const message = `Segment "gold" (id 1): ${complaint}. ${consequence}`;
    expect(problems).toEqual([{ message }]);
    const traits = { plan: "5", age: 5 };
    expect(compiled?.evaluate({ identifier: "i", traits }).segments()).toEqual([]);
    expect(mapEnvironmentDocument(document).problems).toEqual([{ message }]);
  });

  test("does not make the rest of the document unusable", () => {
    const isSet = { operator: "IS_SET", property_: "plan", value: "" };
    const invalid = { operator: "REGEX", property_: "plan", value: "(" };
    const document = createDocument([{ type: "ANY", conditions: [invalid, isSet] }]);
    const environment = compileEnvironmentDocument(document).value;
    const evaluation = environment?.evaluate({ identifier: "i", traits: { plan: "x" } });
    expect(evaluation?.segments()).toHaveLength(1);
  });
});

describe("an invalid condition", () => {
  const invalid = { operator: "REGEX", property_: "plan", value: "(" };
  const yes = { operator: "IS_SET", property_: "plan", value: "" };
  const no = { ...yes, operator: "IS_NOT_SET" };
  const unknown = { ...invalid, operator: "STARTS_WITH" };

  test.each<[string, readonly Rule[], number]>([
    ["ALL", [{ type: "ALL", conditions: [invalid, yes] }], 0],
    ["ANY, another matches", [{ type: "ANY", conditions: [invalid, yes] }], 1],
    ["ANY, another does not match", [{ type: "ANY", conditions: [invalid, no] }], 0],
    ["NONE", [{ type: "NONE", conditions: [invalid] }], 0],
    ["NONE, another does not match", [{ type: "NONE", conditions: [invalid, no] }], 0],
    ["NONE of ALL", [{ type: "NONE", rules: [{ type: "ALL", conditions: [invalid] }] }], 0],
    [
      "NONE of ALL, another does not match",
      [{ type: "NONE", rules: [{ type: "ALL", conditions: [invalid, no] }] }],
      1,
    ],
    [
      "NONE of ALL with a nested rule that does not match",
      [
        {
          type: "NONE",
          rules: [
            { type: "ALL", conditions: [invalid], rules: [{ type: "ALL", conditions: [no] }] },
          ],
        },
      ],
      1,
    ],
    ["NONE, unknown operator", [{ type: "NONE", conditions: [unknown] }], 1],
  ])("matches only if it makes no difference: %s", (_, rules, matching) => {
    const { value } = compileEnvironmentDocument(createDocument(rules));
    const evaluation = value?.evaluate({ identifier: "i", traits: { plan: "x" } });
    expect(evaluation?.segments()).toHaveLength(matching);
  });
});

describe("a rule that cannot be evaluated", () => {
  test("is reported if its type is unknown", () => {
    expect(compileEnvironmentDocument(createDocument([{ type: "SOME" }])).problems).toEqual([
      {
        message:
          'Segment "gold" (id 1): the rule type "SOME" is unknown. The segment never matches.',
      },
    ]);
  });

  test("is reported if it is nested too deep", () => {
    let rules: Rule[] = [];
    for (let level = 0; level < 65; level++) rules = [{ type: "ALL", rules }];
    expect(compileEnvironmentDocument(createDocument(rules)).problems).toEqual([
      {
        message:
          'Segment "gold" (id 1): a rule is more than 64 levels deep. The segment never matches.',
      },
    ]);
  });
});

describe("a problem of a context", () => {
  test("names the segment without an id if the context has none", () => {
    const conditions = [{ property: "plan", operator: "REGEX", value: "(" }];
    const segment = { key: "s", name: "gold", rules: [{ type: "ALL", conditions }] };
    expect(compile({ environment, segments: { s: segment } }).problems).toEqual([
      {
        message:
          'Segment "gold": the REGEX condition on "plan" is invalid ("(": missing ")"). The segment matches only if its other conditions are enough.',
      },
    ]);
  });

  test("contains no trait", () => {
    const segment = { key: "s", name: "gold", rules: [{ type: "SOME" }] };
    const identity = { identifier: "i", traits: { secret: "s3cret" } };
    const { problems } = compile({ environment, identity, segments: { s: segment } });
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain("s3cret");
  });

  test("can be a feature with a different key", () => {
    const feature = { key: "1", name: "banner", enabled: true, value: null };
    expect(compile({ environment, features: { header: feature } }).problems).toEqual([
      { message: 'Feature "banner" has the key "header", which is ignored.' },
    ]);
  });
});

interface Rule {
  readonly type: string;
  readonly conditions?: readonly {
    readonly operator: string;
    readonly property_: string;
    readonly value: unknown;
  }[];
  readonly rules?: readonly Rule[];
}

function createDocument(rules: readonly Rule[]) {
  return {
    api_key: "key",
    name: "Production",
    project: { segments: [{ id: 1, name: "gold", rules }] },
    feature_states: [],
  };
}
