import type { WireDocument } from "@flagsmith-isomorphic/testing";

/** Creates a document without conditions about which the official engines disagree. */
export function createDocument(): WireDocument {
  const condition = (operator: string, property: string | null, value: string) => ({
    type: "ALL",
    rules: [],
    conditions: [{ operator, property_: property, value }],
  });
  const segment = (id: number, name: string, rule: ReturnType<typeof condition>) => ({
    id,
    name,
    rules: [{ type: "ALL", conditions: [], rules: [rule] }],
    feature_states: (["banner", "tier"] as const).map((feature, index) =>
      createState(index + 1, feature, `for ${name}`, { feature_segment: { priority: id } }),
    ),
  });
  return {
    id: 1,
    api_key: "client-key",
    name: "Production",
    updated_at: "2026-01-01T00:00:00Z",
    project: {
      id: 1,
      name: "Shop",
      hide_disabled_flags: false,
      organisation: {
        id: 1,
        name: "Shop",
        feature_analytics: false,
        stop_serving_flags: false,
        persist_trait_data: true,
      },
      segments: [
        segment(11, "gold", condition("EQUAL", "plan", "gold")),
        segment(12, "adults", condition("GREATER_THAN_INCLUSIVE", "age", "18")),
        segment(13, "alps", condition("IN", "country", "CH,AT")),
        segment(14, "known", condition("IS_SET", "beta", "")),
        segment(15, "some", condition("PERCENTAGE_SPLIT", null, "50")),
      ],
    },
    feature_states: [
      createState(1, "banner", "plain"),
      createState(2, "tier", "free"),
      createState(7, "dark_mode", null),
      createState(3, "max_items", 25),
      createState(4, "empty", ""),
      createState(5, "off", "unused", { enabled: false }),
      createState(6, "split", "control", {
        multivariate_feature_state_values: ["a", "b"].map((value, index) => ({
          id: index + 1,
          percentage_allocation: 30,
          multivariate_feature_option: { id: index + 1, value },
        })),
      }),
    ],
    identity_overrides: [
      { identifier: "vip", identity_features: [createState(1, "banner", "for vip")] },
    ],
  } as unknown as WireDocument;
}

function createState(id: number, name: string, value: unknown, more: object = {}) {
  return {
    feature: { id, name, type: "STANDARD" },
    enabled: true,
    django_id: 100 + id,
    feature_state_value: value,
    multivariate_feature_state_values: [],
    ...more,
  };
}
