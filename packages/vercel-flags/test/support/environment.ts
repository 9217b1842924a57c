import type { WireDocument, WireFeatureState } from "@flagsmith-isomorphic/testing";

type Value = string | number | boolean | null;

const gold = { type: "ALL", conditions: [{ property_: "plan", operator: "EQUAL", value: "gold" }] };

/** The number of identities with overrides: `user-0`, `user-1`, … */
export const userCount = 100;

/** The values of an identity with overrides. */
export function createUserValues(index: number) {
  return {
    dark_mode: index % 2 === 0,
    max_items: index + 1,
    greeting: `Hello ${index}`,
    banner: { title: `Banner ${index}` },
    tier: ["free", "pro", "team"][index % 3] ?? "free",
  };
}

/** An environment with a segment, variants and overrides for 100 identities. */
export const document: WireDocument = {
  id: 7,
  api_key: "client-key",
  name: "Production",
  updated_at: "2026-01-02T03:04:05.678901+00:00",
  feature_states: [
    createState(1, { name: "dark_mode" }),
    createState(2, { name: "max_items", value: 25 }),
    createState(3, { name: "greeting", value: "Hello" }),
    createState(4, { name: "banner", value: '{"title":"Banner"}' }),
    createState(5, { name: "sale", value: "20 %", enabled: false }),
    {
      ...createState(6, { name: "tier", value: "free" }),
      multivariate_feature_state_values: [
        {
          id: 1,
          percentage_allocation: 30,
          multivariate_feature_option: { value: "pro", key: "big" },
        },
        {
          id: 2,
          percentage_allocation: 20,
          multivariate_feature_option: { value: "team", key: null },
        },
      ],
    },
  ],
  identity_overrides: Array.from({ length: userCount }, (_, index) => {
    const { dark_mode, max_items, greeting, banner, tier } = createUserValues(index);
    return {
      identifier: `user-${index}`,
      identity_features: [
        createState(1, { name: "dark_mode", enabled: dark_mode }),
        createState(2, { name: "max_items", value: max_items }),
        createState(3, { name: "greeting", value: greeting }),
        createState(4, { name: "banner", value: JSON.stringify(banner) }),
        createState(6, { name: "tier", value: tier }),
      ],
    };
  }),
  project: {
    id: 1,
    segments: [
      {
        id: 1,
        name: "gold",
        rules: [{ type: "ALL", rules: [gold], conditions: [] }],
        feature_states: [createState(2, { name: "max_items", value: 50 })],
      },
    ],
  },
} as WireDocument;

function createState(
  id: number,
  {
    name,
    value = null,
    enabled = true,
  }: { readonly name: string; readonly value?: Value; readonly enabled?: boolean },
): WireFeatureState {
  return {
    feature: { id, name, type: "STANDARD" },
    enabled,
    feature_state_value: value,
    django_id: id,
    multivariate_feature_state_values: [],
  };
}
