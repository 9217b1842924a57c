import { describe, expect, test } from "vitest";
import {
  compileEnvironmentDocument,
  type EnvironmentDocument,
  mapEnvironmentDocument,
} from "../../src/engine/index.ts";

const feature = { id: 1, name: "f" };
const state = { feature, enabled: false, feature_state_value: "base", django_id: 7 };
const rule = { type: "ALL", conditions: [{ operator: "IS_SET", property_: "plan", value: "" }] };

function documentOf(members: Record<string, unknown> = {}): EnvironmentDocument {
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
  return documentOf({ project: { segments: [{ id: 2, name: "ok", rules: [] }, segment] } });
}

function withState(members: Record<string, unknown>): EnvironmentDocument {
  return documentOf({ feature_states: [{ ...state, ...members }] });
}

function withRule(members: unknown): EnvironmentDocument {
  return withSegment({ rules: [{ type: "ALL", rules: [rule, members] }] });
}

const nested = "project.segments[1].rules[0].rules[1]";
const variants = "feature_states[0].multivariate_feature_state_values[0]";
const variant = { id: 1, percentage_allocation: 10, multivariate_feature_option: { value: "v" } };

describe("a document of the wrong shape", () => {
  test.each<[unknown, string]>([
    [null, ""],
    ["<html>", ""],
    [{ detail: "Not found." }, "api_key"],
    [documentOf({ api_key: 1 }), "api_key"],
    [documentOf({ name: 1 }), "name"],
    [documentOf({ project: null }), "project"],
    [documentOf({ project: {} }), "project.segments"],
    [documentOf({ project: { segments: [1] } }), "project.segments[0]"],
    [documentOf({ feature_states: {} }), "feature_states"],
    [documentOf({ identity_overrides: {} }), "identity_overrides"],
    [documentOf({ identity_overrides: [{}] }), "identity_overrides[0].identifier"],
    [
      documentOf({
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
  ])("is refused with the member's path: %#", (document, refused) => {
    expect(compileEnvironmentDocument(document as EnvironmentDocument)).toEqual({ refused });
    expect(mapEnvironmentDocument(document as EnvironmentDocument)).toEqual({ refused });
  });
});

describe("a document", () => {
  test("may leave out what the API leaves out", () => {
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

  test("with something that cannot be evaluated is used, and the problem told", () => {
    const bad = { operator: "REGEX", property_: "plan", value: "(" };
    const document = withRule({ type: "NONE", conditions: [bad] });
    expect(compileEnvironmentDocument(document).problems).toEqual([
      {
        path: `${nested}.conditions[0].value`,
        message: "invalid at its end",
      },
    ]);
  });

  test("keeps segments in the order of the list, whatever their ids", () => {
    const segments = [30, 4, 5].map((id) => ({
      id,
      name: `s${id}`,
      rules: [{ type: "ALL" }],
      feature_states: [{ ...state, feature_state_value: id }],
    }));
    const document = documentOf({ project: { segments } });
    const evaluation = compileEnvironmentDocument(document).value?.evaluate({ identifier: "i" });
    expect(evaluation?.segments().map(({ id }) => id)).toEqual([30, 4, 5]);
    expect(evaluation?.flag("f")?.value).toBe(30);
    const mapped = mapEnvironmentDocument(document).value;
    expect(Object.values(mapped?.segments ?? {}).map(({ key }) => key)).toEqual(["30", "4", "5"]);
  });

  test("ranks a missing or null priority last", () => {
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
      compileEnvironmentDocument(documentOf({ project: { segments: segments.slice(0, from) } }))
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
  const ask = (overrides: readonly unknown[], identifier: string, traits = {}) =>
    compileEnvironmentDocument(
      documentOf({
        identity_overrides: overrides,
        project: {
          segments: [{ id: 1, name: "all", rules: [{ type: "ALL" }], feature_states: [state] }],
        },
      }),
    )
      .value?.evaluate({ identifier, traits })
      .flag("f");

  test("beat every segment, for exactly their identifier", () => {
    const overrides = [override("007", "bond"), override("7", "seven"), override("a,b", "comma")];
    expect(ask(overrides, "007")).toMatchObject({
      value: "bond",
      reason: "TARGETING_MATCH; segment=identity_overrides",
    });
    expect(ask(overrides, "7")?.value).toBe("seven");
    expect(ask(overrides, "a,b")?.value).toBe("comma");
    expect(ask(overrides, "a")?.reason).toBe("TARGETING_MATCH; segment=all");
    expect(ask(overrides, "x", { "$.identity.identifier": "007" })?.reason).toBe(
      "TARGETING_MATCH; segment=all",
    );
  });

  test("of one identity count in the order in which equal records first appear", () => {
    const overrides = [
      override("other", "second"),
      override("me", "first"),
      override("me", "second"),
    ];
    expect(ask(overrides, "me")?.value).toBe("second");
    expect(ask(overrides.slice(1), "me")?.value).toBe("first");
  });

  test("tell 1 and true apart", () => {
    const overrides = [override("other", 1), override("me", "x"), override("me", true)];
    expect(ask(overrides, "me")?.value).toBe("x");
  });

  test("of unknown features, and empty ones, are passed over", () => {
    const unknown = { ...override("me", 1, { feature: { id: 9, name: "gone" } }) };
    const empty = { identifier: "me", identity_features: [] };
    expect(ask([empty, unknown, { identifier: "me" }], "me")?.reason).toBe(
      "TARGETING_MATCH; segment=all",
    );
  });

  test("are split with their own key, control included", () => {
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
    expect(ask([override("me", "own", split(100))], "me")).toMatchObject({
      value: "v",
      variant: "k",
      reason: "SPLIT; weight=100",
    });
    expect(ask([override("me", "own", split(0))], "me")).toMatchObject({
      value: "own",
      variant: "control",
      reason: "TARGETING_MATCH; segment=identity_overrides",
    });
  });

  test("of ten thousand identities share what they have in common", () => {
    const identity_overrides = Array.from({ length: 10_000 }, (_, i) =>
      override(`id-${i}`, "same"),
    );
    const environment = compileEnvironmentDocument(documentOf({ identity_overrides })).value;
    const first = environment?.evaluate({ identifier: "id-0" }).flag("f");
    expect(first?.value).toBe("same");
    expect(environment?.evaluate({ identifier: "id-9999" }).flag("f")).toBe(first);
  });
});
