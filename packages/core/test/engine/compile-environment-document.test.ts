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

const nested = "project.segments[1].rules[0].rules[1]";
const variants = "feature_states[0].multivariate_feature_state_values[0]";
const variant = { id: 1, percentage_allocation: 10, multivariate_feature_option: { value: "v" } };

describe("a malformed document", () => {
  test.each<[unknown, string]>([
    [null, ""],
    ["<html>", ""],
    [{ detail: "Not found." }, "api_key"],
    [createDocument({ api_key: 1 }), "api_key"],
    [createDocument({ name: 1 }), "name"],
    [createDocument({ project: null }), "project"],
    [createDocument({ project: {} }), "project.segments"],
    [createDocument({ project: { segments: [1] } }), "project.segments[0]"],
    [createDocument({ feature_states: {} }), "feature_states"],
    [createDocument({ identity_overrides: {} }), "identity_overrides"],
    [createDocument({ identity_overrides: [{}] }), "identity_overrides[0].identifier"],
    [
      createDocument({
        identity_overrides: [{ identifier: "i", identity_features: [state, { feature }] }],
      }),
      "identity_overrides[0].identity_features[1].enabled",
    ],
    [withState({ feature: null }), "feature_states[0].feature"],
    [withState({ feature: { id: "1", name: "f" } }), "feature_states[0].feature.id"],
    [withState({ enabled: 1 }), "feature_states[0].enabled"],
    [withState({ feature_state_value: [] }), "feature_states[0].feature_state_value"],
    [withState({ django_id: "7" }), "feature_states[0].django_id"],
    [
      withState({
        multivariate_feature_state_values: [{ ...variant, percentage_allocation: null }],
      }),
      `${variants}.percentage_allocation`,
    ],
    [
      withState({
        multivariate_feature_state_values: [{ ...variant, multivariate_feature_option: null }],
      }),
      `${variants}.multivariate_feature_option`,
    ],
    [
      withState({
        multivariate_feature_state_values: [
          { ...variant, multivariate_feature_option: { key: 1 } },
        ],
      }),
      `${variants}.multivariate_feature_option.key`,
    ],
    [withSegment({ id: null }), "project.segments[1].id"],
    [withSegment({ name: undefined }), "project.segments[1].name"],
    [withSegment({ rules: null }), "project.segments[1].rules"],
    [
      withSegment({ feature_states: [{ ...state, feature_segment: { priority: "1" } }] }),
      "project.segments[1].feature_states[0].feature_segment.priority",
    ],
    [withRule([]), nested],
    [withRule({ conditions: [] }), `${nested}.type`],
    [withRule({ type: "ANY", conditions: {} }), `${nested}.conditions`],
    [
      withRule({ type: "ANY", conditions: [{ property_: "a" }] }),
      `${nested}.conditions[0].operator`,
    ],
    [
      withRule({ type: "ANY", conditions: [{ operator: "IN", property_: 1 }] }),
      `${nested}.conditions[0].property_`,
    ],
  ])("is refused with the path of the malformed member: %#", (document, refused) => {
    expect(compileEnvironmentDocument(document as EnvironmentDocument)).toEqual({ refused });
    expect(mapEnvironmentDocument(document as EnvironmentDocument)).toEqual({ refused });
  });
});

describe("a document", () => {
  test("may omit optional members", () => {
    const document = withSegment({ feature_states: undefined, rules: [{ type: "ANY" }] });
    const { value, problems } = compileEnvironmentDocument(document);
    expect(problems).toEqual([]);
    expect(value?.environment).toEqual({ key: "key", name: "Production" });
    expect(value?.evaluate({ identifier: "i" }).flag("f")).toEqual({
      name: "f",
      enabled: false,
      value: "base",
      reason: "DEFAULT",
      variant: null,
      featureId: 1,
      metadata: { id: 1 },
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
