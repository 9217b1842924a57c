import { describe, expect, test } from "vitest";
import {
  compileEnvironmentDocument,
  type EnvironmentDocument,
  mapEnvironmentDocument,
} from "../../src/engine/index.ts";

const feature = { id: 1, name: "f" };
const state = { feature, enabled: false, feature_state_value: "base", django_id: 7 };
const rule = { type: "ALL", conditions: [{ operator: "IS_SET", property_: "plan", value: "" }] };

function createDocument(members: Record<string, unknown> = {}): EnvironmentDocument {
  const document: unknown = {
    api_key: "key",
    name: "Production",
    project: { segments: [] },
    feature_states: [state],
    ...members,
  };
  return document as EnvironmentDocument;
}

function withSegment(members: Record<string, unknown>): EnvironmentDocument {
  const segment = { id: 3, name: "s", rules: [rule], feature_states: [], ...members };
  return createDocument({ project: { segments: [{ id: 2, name: "ok", rules: [] }, segment] } });
}

function withState(members: Record<string, unknown>): EnvironmentDocument {
  return createDocument({ feature_states: [{ ...state, ...members }] });
}

function withRule(members: unknown): EnvironmentDocument {
  return withSegment({ rules: [{ type: "ALL", rules: [rule, members] }] });
}

const variant = { id: 1, percentage_allocation: 10, multivariate_feature_option: { value: "v" } };

describe("a malformed document", () => {
  test.each<[unknown, string]>([
    [null, ""],
    ["<html>", ""],
    [{ detail: "Not found." }, "api_key"],
    [createDocument({ api_key: 1 }), "api_key"],
    [createDocument({ feature_states: {} }), "feature_states"],
    [createDocument({ feature_states: null }), "feature_states"],
  ])("is refused if it cannot be an environment document: %#", (document, refused) => {
    expect(compileEnvironmentDocument(document as EnvironmentDocument)).toEqual({ refused });
    expect(mapEnvironmentDocument(document as EnvironmentDocument)).toEqual({ refused });
  });

  const ignored = (path: string) =>
    `The environment document has a malformed "${path}", which is ignored.`;
  const feature_ = (path: string) => `Feature "f" has a malformed "${path}". It counts as unknown.`;
  const segment = (path: string) =>
    `Segment "s" (id 3): "${path}" is malformed. The segment never matches.`;
  const nested = "rules[0].rules[1]";
  const variants = "multivariate_feature_state_values[0]";
  const withVariant = (members: object) =>
    withState({ multivariate_feature_state_values: [{ ...variant, ...members }] });
  const noSegment = "The segment never matches.";

  test.each<[EnvironmentDocument, string]>([
    [createDocument({ name: 1 }), ignored("name")],
    [createDocument({ project: null }), ignored("project")],
    [createDocument({ project: {} }), ""],
    [createDocument({ project: { segments: {} } }), ignored("project.segments")],
    [
      createDocument({ project: { segments: [1] } }),
      `Segment "": it is not an object. ${noSegment}`,
    ],
    [createDocument({ identity_overrides: {} }), ignored("identity_overrides")],
    [
      createDocument({ identity_overrides: [{}] }),
      'The overrides of an identity have a malformed "identifier" and are ignored.',
    ],
    [
      createDocument({ identity_overrides: [7] }),
      "The overrides of an identity are not an object and are ignored.",
    ],
    [
      createDocument({ identity_overrides: [{ identifier: "secret", identity_features: 1 }] }),
      'The overrides of an identity have a malformed "identity_features" and are ignored.',
    ],
    [
      createDocument({
        identity_overrides: [{ identifier: "secret", identity_features: [state, { feature }] }],
      }),
      'Feature "f": an identity override has a malformed "enabled". The feature counts as unknown for that identity.',
    ],
    [
      createDocument({ feature_states: [state, 7] }),
      "Feature without a name is not an object. It counts as unknown.",
    ],
    [
      withState({ feature: null }),
      'Feature without a name has a malformed "feature". It counts as unknown.',
    ],
    [withState({ feature: { id: "1", name: "f" } }), ""],
    [withState({ enabled: 1 }), feature_("enabled")],
    [withState({ feature_state_value: [] }), feature_("feature_state_value")],
    [withState({ django_id: "7" }), feature_("django_id")],
    [withVariant({ percentage_allocation: null }), feature_(`${variants}.percentage_allocation`)],
    [
      withVariant({ multivariate_feature_option: null }),
      feature_(`${variants}.multivariate_feature_option`),
    ],
    [
      withVariant({ multivariate_feature_option: { key: 1 } }),
      feature_(`${variants}.multivariate_feature_option.key`),
    ],
    [withSegment({ id: null }), `Segment "s": "id" is malformed. ${noSegment}`],
    [withSegment({ name: undefined }), `Segment "" (id 3): "name" is malformed. ${noSegment}`],
    [withSegment({ rules: null }), segment("rules")],
    [
      withSegment({ feature_states: 1 }),
      'Segment "s" (id 3): "feature_states" is malformed. The segment overrides no feature.',
    ],
    [
      withSegment({ feature_states: [{ ...state, feature_segment: { priority: "1" } }] }),
      'Segment "s" (id 3): the override of feature "f" has a malformed "feature_segment.priority". The feature counts as unknown in this segment.',
    ],
    [withRule([]), segment(nested)],
    [withRule({ conditions: [] }), segment(`${nested}.type`)],
    [withRule({ type: "ANY", conditions: {} }), segment(`${nested}.conditions`)],
    [
      withRule({ type: "ANY", conditions: [{ property_: "a" }] }),
      segment(`${nested}.conditions[0].operator`),
    ],
    [
      withRule({ type: "ANY", conditions: [{ operator: "IN", property_: 1 }] }),
      segment(`${nested}.conditions[0].property_`),
    ],
  ])("reports a malformed part by its name: %#", (document, message) => {
    const { problems } = compileEnvironmentDocument(document);
    expect(problems?.map((problem) => problem.message)).toEqual(message === "" ? [] : [message]);
    expect(mapEnvironmentDocument(document).problems).toEqual(problems);
    expect(message).not.toContain("secret");
  });
});

describe("a malformed part", () => {
  const evaluate = (document: EnvironmentDocument, identifier = "i", traits = { plan: "x" }) =>
    compileEnvironmentDocument(document).value?.evaluate({ identifier, traits });
  const other = { ...state, feature: { id: 2, name: "g" } };

  test("of a feature makes only this feature unknown, unless it is overridden", () => {
    const document = {
      ...withSegment({ feature_states: [{ ...state, feature_state_value: "in s" }] }),
      feature_states: [{ ...state, enabled: null }, other] as never,
    };
    const environment = compileEnvironmentDocument(document).value;
    const flags = environment?.evaluateWithoutSegments();
    expect(flags?.flag("f")).toBeUndefined();
    expect(flags?.flags().map(({ name }) => name)).toEqual(["g"]);
    expect(evaluate(document, "i", { plan: "x" })?.flag("f")?.value).toBe("in s");
    const outside = environment?.evaluate({ identifier: "i" });
    expect(outside?.flag("f")).toBeUndefined();
    expect(outside?.flags().map(({ name }) => name)).toEqual(["g"]);
  });

  test("of a segment's override makes the feature unknown in this segment only", () => {
    const document = {
      ...withSegment({ feature_states: [{ ...state, enabled: "yes" }] }),
      feature_states: [state, other],
    };
    const inside = evaluate(document);
    expect(inside?.flag("f")).toBeUndefined();
    expect(inside?.flags().map(({ name }) => name)).toEqual(["g"]);
    expect(evaluate(document, "i", {} as never)?.flag("f")?.value).toBe("base");
  });

  test("of an identity override makes the feature unknown for this identity only", () => {
    const document = createDocument({
      feature_states: [state, other],
      identity_overrides: [{ identifier: "me", identity_features: [{ ...state, enabled: 1 }] }],
    });
    expect(evaluate(document, "me")?.flag("f")).toBeUndefined();
    expect(evaluate(document, "me")?.flag("g")?.value).toBe("base");
    expect(evaluate(document, "you")?.flag("f")?.value).toBe("base");
  });

  test("of a feature makes a segment that reads it match no identity", () => {
    const conditions = [{ operator: "EQUAL", property_: "$.flags.f.value", value: "x" }];
    const segment = { id: 4, name: "reads", rules: [{ type: "NONE", conditions }] };
    const document = (enabled: unknown) =>
      createDocument({
        project: { segments: [segment] },
        feature_states: [{ ...state, enabled }],
      });
    expect(evaluate(document(true))?.segments()).toHaveLength(1);
    expect(evaluate(document(null))?.segments()).toEqual([]);
  });

  test("of a segment's rules costs this segment only, even in a NONE rule", () => {
    const broken = { type: "NONE", conditions: [{ operator: 1, property_: "plan", value: "" }] };
    const good = { id: 5, name: "good", rules: [rule] };
    const bad = { id: 6, name: "bad", rules: [broken] };
    const document = createDocument({ project: { segments: [bad, good] } });
    expect(
      evaluate(document)
        ?.segments()
        .map(({ name }) => name),
    ).toEqual(["good"]);
  });
});

describe("a document", () => {
  test("may omit optional members", () => {
    const document = withSegment({ feature_states: undefined, rules: [{ type: "ANY" }] });
    const { value, problems } = compileEnvironmentDocument(document);
    expect(problems).toEqual([]);
    expect(value?.tables.environment).toEqual({ key: "key", name: "Production" });
    expect(value?.evaluate({ identifier: "i" }).flag("f")).toEqual({
      name: "f",
      enabled: false,
      value: "base",
      reason: "DEFAULT",
      variant: null,
      featureId: 1,
    });
    expect(value?.evaluate().flag("unknown")).toBeUndefined();
  });

  test("keeps the order of its segments, whatever their ids", () => {
    const segments = [30, 4, 5].map((id) => ({
      id,
      name: `s${id}`,
      rules: [{ type: "ALL" }],
      feature_states: [{ ...state, feature_state_value: id }],
    }));
    const document = createDocument({ project: { segments } });
    const evaluation = compileEnvironmentDocument(document).value?.evaluate({ identifier: "i" });
    expect(evaluation?.segments().map(({ id }) => id)).toEqual([30, 4, 5]);
    expect(evaluation?.flag("f")?.value).toBe(30);
    const mapped = mapEnvironmentDocument(document).value;
    expect(Object.values(mapped?.segments ?? {}).map(({ key }) => key)).toEqual(["30", "4", "5"]);
  });

  test("gives an override without a priority the lowest precedence", () => {
    const override = (value: string, feature_segment: unknown) => ({
      id: 1,
      name: value,
      rules: [{ type: "ALL" }],
      feature_states: [{ ...state, feature_state_value: value, feature_segment }],
    });
    const segments = [
      override("none", undefined),
      override("null", { priority: null }),
      override("high", { priority: 9 }),
      override("low", { priority: -1 }),
    ];
    const value = (from: number) =>
      compileEnvironmentDocument(createDocument({ project: { segments: segments.slice(0, from) } }))
        .value?.evaluate()
        .flag("f")?.value;
    expect([1, 2, 3, 4].map(value)).toEqual(["none", "none", "high", "low"]);
  });
});

describe("identity overrides", () => {
  const override = (identifier: string, value: unknown, members = {}) => ({
    identifier,
    identity_features: [{ ...state, enabled: true, feature_state_value: value, ...members }],
  });
  const evaluate = (overrides: readonly unknown[], identifier: string, traits = {}) =>
    compileEnvironmentDocument(
      createDocument({
        identity_overrides: overrides,
        project: {
          segments: [{ id: 1, name: "all", rules: [{ type: "ALL" }], feature_states: [state] }],
        },
      }),
    )
      .value?.evaluate({ identifier, traits })
      .flag("f");

  test("take precedence over segments, for exactly their identifier", () => {
    const overrides = [override("007", "bond"), override("7", "seven"), override("a,b", "comma")];
    expect(evaluate(overrides, "007")).toMatchObject({
      value: "bond",
      reason: "TARGETING_MATCH; segment=identity_overrides",
    });
    expect(evaluate(overrides, "7")?.value).toBe("seven");
    expect(evaluate(overrides, "a,b")?.value).toBe("comma");
    expect(evaluate(overrides, "a")?.reason).toBe("TARGETING_MATCH; segment=all");
    expect(evaluate(overrides, "x", { "$.identity.identifier": "007" })?.reason).toBe(
      "TARGETING_MATCH; segment=all",
    );
  });

  test("of one identity rank by the first record equal to them", () => {
    const overrides = [
      override("other", "second"),
      override("me", "first"),
      override("me", "second"),
    ];
    expect(evaluate(overrides, "me")?.value).toBe("second");
    expect(evaluate(overrides.slice(1), "me")?.value).toBe("first");
  });

  test("with the values 1 and true are not equal", () => {
    const overrides = [override("other", 1), override("me", "x"), override("me", true)];
    expect(evaluate(overrides, "me")?.value).toBe("x");
  });

  test("without features, or of unknown features, are ignored", () => {
    const unknown = { ...override("me", 1, { feature: { id: 9, name: "gone" } }) };
    const empty = { identifier: "me", identity_features: [] };
    expect(evaluate([empty, unknown, { identifier: "me" }], "me")?.reason).toBe(
      "TARGETING_MATCH; segment=all",
    );
  });

  test("are split with the key of their own state, also into control", () => {
    const split = (weight: number) => ({
      django_id: 5,
      multivariate_feature_state_values: [
        {
          ...variant,
          percentage_allocation: weight,
          multivariate_feature_option: { value: "v", key: "k" },
        },
      ],
    });
    expect(evaluate([override("me", "own", split(100))], "me")).toMatchObject({
      value: "v",
      variant: "k",
      reason: "SPLIT; weight=100",
    });
    expect(evaluate([override("me", "own", split(0))], "me")).toMatchObject({
      value: "own",
      variant: "control",
      reason: "TARGETING_MATCH; segment=identity_overrides",
    });
  });

  test("of ten thousand identities share equal states", () => {
    const identity_overrides = Array.from({ length: 10_000 }, (_, i) =>
      override(`id-${i}`, "same"),
    );
    const environment = compileEnvironmentDocument(createDocument({ identity_overrides })).value;
    const first = environment?.evaluate({ identifier: "id-0" }).flag("f");
    expect(first?.value).toBe("same");
    expect(environment?.evaluate({ identifier: "id-9999" }).flag("f")).toBe(first);
  });
});
