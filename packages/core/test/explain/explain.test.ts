import { expect, test, vi } from "vitest";
import type { EnvironmentDocument } from "../../src/engine/index.ts";
import { createSnapshot, explain, formatExplanation } from "../../src/explain/index.ts";
import { environmentDocument, updatedAt } from "../fake-environment.ts";
import { fakePlatform, json, localClient } from "../fake-platform.ts";
import { replay } from "./replay.ts";
import { scenarios } from "./scenarios.ts";

function snapshotOf(parts: object) {
  return createSnapshot({ ...environmentDocument(), ...parts } as unknown as EnvironmentDocument);
}

/** A snapshot whose only segment has these conditions in a rule of this type. */
function snapshotWith(type: string, conditions: readonly object[], parts: object = {}) {
  const { project } = environmentDocument();
  const segments = project.segments.map((segment) => ({
    ...segment,
    rules: [{ type, conditions, rules: [] }],
  }));
  return snapshotOf({ project: { segments }, ...parts });
}

test("explains a snapshot of a client, and counts no evaluation", async () => {
  const evaluations: string[] = [];
  const flagsmith = localClient(
    fakePlatform(() => json(environmentDocument())),
    { onFlagEvaluated: ({ featureName }) => void evaluations.push(featureName) },
  );
  const snapshot = await flagsmith.getSnapshot();
  const explanation = explain(snapshot, "banner", "user", { plan: "gold", age: { value: 3 } });
  expect(explanation).toEqual({
    featureName: "banner",
    flag: {
      enabled: true,
      value: "for gold",
      variant: null,
      reason: "TARGETING_MATCH; segment=gold",
    },
    identity: { identifier: "user", traits: { plan: "gold", age: 3 } },
    winner: { kind: "segment", segment: { name: "gold", id: 11 } },
    considered: [
      {
        kind: "identity-override",
        segment: null,
        outcome: "missing",
        priority: null,
        flag: null,
        split: null,
        rules: [],
        refusal: null,
      },
      {
        kind: "segment",
        segment: { name: "gold", id: 11 },
        outcome: "won",
        priority: 0,
        flag: {
          enabled: true,
          value: "for gold",
          variant: null,
          reason: "TARGETING_MATCH; segment=gold",
        },
        split: null,
        rules: [
          {
            type: "ALL",
            isMatch: true,
            conditions: [
              {
                property: "plan",
                operator: "EQUAL",
                operand: "gold",
                source: "trait",
                actual: "gold",
                actualType: "text",
                percentage: null,
                isMatch: true,
                note: null,
                problem: null,
              },
            ],
            rules: [],
          },
        ],
        refusal: null,
      },
      {
        kind: "environment",
        segment: null,
        outcome: "outranked",
        priority: null,
        flag: { enabled: true, value: "api", variant: null, reason: "DEFAULT" },
        split: null,
        rules: [],
        refusal: null,
      },
    ],
    isCircular: false,
    problems: [],
    environmentName: "Test",
    documentUpdatedAt: updatedAt,
    source: "local",
  });
  expect(evaluations).toEqual([]);
});

test("throws the errors of the snapshot", async () => {
  const snapshot = createSnapshot(environmentDocument() as unknown as EnvironmentDocument);
  expect(() => explain(snapshot, "banner", " ")).toThrow(
    expect.objectContaining({ code: "INVALID_IDENTIFIER" }),
  );
  const strict = localClient(
    fakePlatform(() => json(environmentDocument())),
    { strictTraits: true },
  );
  const strictSnapshot = await strict.getSnapshot();
  expect(() => explain(strictSnapshot, "banner", "user", { age: Number.NaN })).toThrow(
    expect.objectContaining({ code: "INVALID_TRAIT" }),
  );
});

test("cannot explain default flags", async () => {
  const flagsmith = localClient(
    fakePlatform(() => json({}, { status: 403 })),
    { defaultFlagHandler: () => ({ enabled: true, value: 1 }) },
  );
  const snapshot = await flagsmith.getSnapshot();
  expect(() => explain(snapshot, "banner")).toThrow(
    expect.objectContaining({ code: "NO_ENVIRONMENT" }),
  );
});

test("a snapshot needs an environment document, and reports its problems", () => {
  expect(() => createSnapshot({} as EnvironmentDocument)).toThrow(
    "The document is not an environment document: it is malformed at api_key.",
  );
  const problems: string[] = [];
  const document = environmentDocument("x", { identity_overrides: 1 });
  createSnapshot(document as unknown as EnvironmentDocument, (text) => problems.push(text));
  expect(problems).toEqual([
    'The environment document has a malformed "identity_overrides", which is ignored.',
  ]);
});

test("an invalid condition does not count if another one decides", () => {
  const invalid = { operator: "REGEX", property_: "email", value: "(" };
  const matching = { operator: "EQUAL", property_: "plan", value: "gold" };
  const decide = (type: string, conditions: readonly object[]) => {
    const snapshot = snapshotWith(type, conditions);
    const explanation = explain(snapshot, "banner", "user", { plan: "gold" });
    expect(replay(explanation).flag).toEqual(explanation.flag);
    expect(explanation.problems).toHaveLength(1);
    return [explanation.winner?.kind, explanation.considered[1]?.rules[0]?.isMatch];
  };
  expect(decide("ANY", [invalid, matching])).toEqual(["segment", true]);
  expect(decide("ALL", [invalid, matching])).toEqual(["environment", null]);
  expect(decide("NONE", [invalid])).toEqual(["environment", null]);
});

test("a condition over the limit refuses the segment, unless it is not needed", () => {
  const tooLong = { operator: "REGEX", property_: "$.environment.name", value: "x" };
  const matching = { operator: "EQUAL", property_: "plan", value: "gold" };
  const explainWith = (conditions: readonly object[]) => {
    const snapshot = snapshotWith("ANY", conditions, { name: "y".repeat(2001) });
    const explanation = explain(snapshot, "banner", "user", { plan: "gold" });
    expect(replay(explanation).flag).toEqual(explanation.flag);
    return explanation;
  };
  const unneeded = explainWith([matching, tooLong]);
  expect(unneeded.winner?.kind).toBe("segment");
  const refused = explainWith([tooLong, matching]);
  expect(refused.winner?.kind).toBe("environment");
  const reason = "a REGEX condition reads more than 2000 characters";
  expect(refused.considered[1]?.refusal).toBe(`The conditions cannot be evaluated: ${reason}.`);
  expect(formatExplanation(refused)).toContain(
    `cannot match: the conditions cannot be evaluated: ${reason}`,
  );
  for (const explanation of [unneeded, refused]) {
    expect(formatExplanation(explanation)).toContain(`  invalid: ${reason}.`);
  }
});

test("expensive conditions that are not needed do not count", () => {
  const matching = { operator: "EQUAL", property_: "plan", value: "gold" };
  const cheap = { operator: "REGEX", property_: "text", value: "^a+$" };
  const expensive = Array.from({ length: 16 }, (_, index) => {
    return { operator: "REGEX", property_: "text", value: `${"a?".repeat(240)}${index}` };
  });
  const explainWith = (conditions: readonly object[]) => {
    const [segment] = environmentDocument().project.segments;
    const always = { type: "ALL", conditions: [cheap] };
    const segments = [
      { ...segment, rules: [{ type: "ANY", conditions }, always] },
      { ...segment, id: 12, name: "second", rules: [always] },
    ];
    const traits = { plan: "gold", text: "a".repeat(1999) };
    const explanation = explain(snapshotOf({ project: { segments } }), "banner", "user", traits);
    expect(replay(explanation).flag).toEqual(explanation.flag);
    return explanation.considered.map(({ outcome, refusal }) => [outcome, refusal]);
  };
  expect(explainWith([matching, ...expensive])).toEqual([
    ["missing", null],
    ["won", null],
    ["outranked", null],
    ["outranked", null],
  ]);
  const reason = "its conditions need more than 5000000 steps";
  expect(explainWith([...expensive, matching])).toEqual([
    ["missing", null],
    ["not-matched", `The conditions cannot be evaluated: ${reason}.`],
    ["not-matched", "Its rules and those of other segments need too much work."],
    ["won", null],
  ]);
});

test("rules that JSON cannot contain are explained", () => {
  const conditions = [{ operator: "EQUAL", property_: "plan", value: "gold", note: 1n }];
  const explanation = explain(snapshotWith("ALL", conditions), "banner", "user", { plan: "gold" });
  expect(explanation.considered[1]).toMatchObject({ outcome: "won", refusal: null });
});

test("the work of an explanation is limited", () => {
  const matching = { operator: "EQUAL", property_: "plan", value: "gold" };
  const expensive = Array.from({ length: 100 }, (_, index) => {
    return { operator: "REGEX", property_: "text", value: `${"a?".repeat(240)}${index}` };
  });
  const explainWith = (conditions: readonly object[]) => {
    const traits = { plan: "gold", text: "a".repeat(1999) };
    const snapshot = snapshotWith("ANY", [...conditions, ...expensive, matching]);
    const [, { outcome, refusal, rules } = {}] = explain(
      snapshot,
      "banner",
      "user",
      traits,
    ).considered;
    const { conditions: explained = [] } = rules?.[0] ?? {};
    expect(explained[0]).toMatchObject({ problem: null });
    expect(explained.at(-2)?.problem).toBe("their explanation needs too much work.");
    expect(explained.at(-1)).toMatchObject({ isMatch: true, problem: null });
    return [outcome, refusal];
  };
  expect(explainWith([matching])).toEqual(["won", null]);
  const reason = "its conditions need more than 5000000 steps";
  expect(explainWith([])).toEqual([
    "not-matched",
    `The conditions cannot be evaluated: ${reason}.`,
  ]);
});

test.each([
  ["$.identity.identifier", {}, "context", "user"],
  ["$.identity.identifier", { "$.identity.identifier": "other" }, "trait", "other"],
  ["$.identity.identifier", { "$.identity.identifier": null }, "context", "user"],
  ["$.price [EUR]", { "$.price [EUR]": 5 }, "trait", 5],
  ["$.price [EUR]", {}, "trait", null],
])("%s with the traits %o reads the %s", (property_, traits, source, actual) => {
  const snapshot = snapshotWith("ALL", [{ operator: "EQUAL", property_, value: "user" }]);
  const { considered } = explain(snapshot, "banner", "user", traits);
  expect(considered[1]?.rules[0]?.conditions[0]).toMatchObject({ source, actual });
});

test.each([
  ["CONTAINS", "1", 10, "integer", "CONTAINS can only match text"],
  ["NOT_CONTAINS", "1", 2, "integer", "NOT_CONTAINS can only match text"],
  ["NOT_CONTAINS", "1", "a", "text", null],
  ["MODULO", "2|0", "even", "text", "MODULO can only match numbers"],
  ["MODULO", "2|0", 4, "integer", null],
  ["IN", "true", true, "boolean", "IN can only match text and whole numbers"],
  ["IN", "1.5", 1.5, "float", "IN can only match text and whole numbers"],
  ["IN", "1,2", 2, "integer", null],
  ["EQUAL", "yes", true, "boolean", '"yes" counts as true: only "false" is false'],
  ["EQUAL", "FALSE", false, "boolean", '"FALSE" counts as true: only "false" is false'],
  ["NOT_EQUAL", "False", true, "boolean", null],
  ["EQUAL", "false", false, "boolean", null],
  ["EQUAL", "TRUE", true, "boolean", null],
  ["LESS_THAN", "many", 1.5, "float", 'it is compared with a number only, which "many" is not'],
  ["LESS_THAN", "2", 1.5, "float", null],
  ["REGEX", "true", true, "boolean", null],
  ["EQUAL", "true", undefined, "missing", null],
])(
  "%s %j with the trait %j, which is a %s, has the note %j",
  (operator, value, trait, type, note) => {
    const snapshot = snapshotWith("ALL", [{ operator, property_: "trait", value }]);
    const explanation = explain(snapshot, "banner", "user", { trait });
    const condition = explanation.considered[1]?.rules[0]?.conditions[0];
    expect(condition).toMatchObject({ actualType: type, note });
  },
);

test("the ranges of a split end with that of the control value", () => {
  const [feature] = environmentDocument().feature_states;
  const variant = (id: number, key: string, percentage_allocation: number) => ({
    id,
    percentage_allocation,
    multivariate_feature_option: { key, value: key },
  });
  const split = { multivariate_feature_state_values: [variant(1, "a", 30), variant(2, "b", 20)] };
  const snapshot = snapshotOf({ feature_states: [{ ...feature, ...split }] });
  const { considered } = explain(snapshot, "banner", "user");
  expect(considered.at(-1)?.split?.ranges).toMatchObject([
    { variant: "a", weight: 30, start: 0, end: 30, isControl: false },
    { variant: "b", weight: 20, start: 30, end: 50, isControl: false },
    { weight: 50, start: 50, end: 100, isControl: true },
  ]);
});

test("a text lists a few of the traits that no condition reads", () => {
  const { project } = environmentDocument();
  const list = (count: number) => {
    const traits = Object.fromEntries(Array.from({ length: count }, (_, n) => [`trait_${n}`, n]));
    return formatExplanation(explain(snapshotOf({ project }), "banner", "user", traits));
  };
  expect(list(10)).toContain('"trait_8", "trait_9".');
  expect(list(12)).toContain('"trait_9" and 2 more.');
});

test("a malformed override that wins makes the feature unknown", () => {
  const [state] = environmentDocument().feature_states;
  const snapshot = snapshotOf({
    identity_overrides: [{ identifier: "vip", identity_features: [{ ...state, enabled: "yes" }] }],
  });
  const explanation = explain(snapshot, "banner", "vip");
  expect(explanation.flag).toBeNull();
  expect(replay(explanation).winner).toMatchObject(explanation.winner ?? {});
  expect(explanation.problems).toEqual([
    'Feature "banner": its override for this identity is malformed. The feature counts as unknown there.',
  ]);
});

test("an unknown feature has no winner", () => {
  const explanation = explain(snapshotOf({}), "unknown", "user");
  expect(explanation).toMatchObject({ flag: null, winner: null, considered: [] });
});

test("names from outside cannot add lines to the text", () => {
  const [feature] = environmentDocument().feature_states;
  const [segment] = environmentDocument().project.segments;
  const name = "a\nb\u001b[2J\u009b\u2028";
  const override = { ...feature, feature: { id: 1, name } };
  const rules = [{ type: "ANY", conditions: [{ operator: name, property_: name, value: name }] }];
  const snapshot = snapshotOf({
    name,
    feature_states: [override],
    project: {
      segments: [
        { ...segment, name, rules: [{ type: "NONE", rules }], feature_states: [override] },
        { ...segment, name, rules, feature_states: [override] },
      ],
    },
  });
  const explanation = explain(snapshot, name, name, { [name]: name });
  expect(explanation.flag?.reason).toContain(name);
  const lines = formatExplanation(explanation).split("\n");
  expect(lines.filter((line) => /^b|[\p{Cc}\u2028]/u.test(line))).toEqual([]);
  const escaped = "a\\nb\\u001b[2J\\u009b\\u2028";
  expect(lines[0]).toBe(`${escaped} is on with value "api" for identity "${escaped}".`);
});

test("a date of the document without a time zone is in UTC", () => {
  vi.stubEnv("TZ", "America/New_York");
  const snapshot = snapshotOf({ updated_at: "2026-11-27T16:02:11.5" });
  const text = formatExplanation(explain(snapshot, "banner", "user"));
  vi.unstubAllEnvs();
  expect(text).toContain("last changed at 2026-11-27T16:02:11Z");
});

test("every scenario can be replayed from its JSON", () => {
  for (const { document, featureName, identifier, traits } of scenarios) {
    const explanation = explain(createSnapshot(document), featureName, identifier, traits);
    const copy = JSON.parse(JSON.stringify(explanation));
    expect(copy).toEqual(explanation);
    expect(replay(copy).flag).toEqual(explanation.flag);
  }
});

test("explanations read like the reviewed ones", async () => {
  const texts = scenarios.map(({ title, document, featureName, identifier, traits }) => {
    const explanation = explain(createSnapshot(document), featureName, identifier, traits);
    return `# ${title}\n\n${formatExplanation(explanation)}\n`;
  });
  await expect(texts.join("\n")).toMatchFileSnapshot("rendered.txt");
});
