import type { WireDocument, WireFeatureState } from "@flagsmith-isomorphic/testing";

/** The values of the types of OpenFeature, as Flagsmith stores them. */
export const values = {
  boolean: true,
  string: "hello",
  number: 42,
  object: '{"title":"Hello"}',
} as const;

const targetValues: Readonly<Record<keyof typeof values, string | number | boolean>> = {
  boolean: false,
  string: "gold",
  number: 0,
  object: "[1]",
};

/** A value that has none of the types. */
const types = Object.keys(values) as (keyof typeof values)[];

const gold = { type: "ALL", conditions: [{ property_: "plan", operator: "EQUAL", value: "gold" }] };

/**
 * An environment with five features for each type, for example `string`, `string_off`, `string_targeted` (for
 * `plan: "gold"`) and `string_split` (the first variant for everyone).
 */
export const document: WireDocument = {
  id: 7,
  api_key: "client-key",
  name: "Production",
  updated_at: "2026-01-02T03:04:05.678901+00:00",
  feature_states: types.flatMap((type, index) => {
    const id = index * 10;
    const value = values[type];
    return [
      createState(id + 1, { name: type, value }),
      createState(id + 2, { name: `${type}_off`, value, enabled: false }),
      createState(id + 3, { name: `${type}_targeted`, value }),
      {
        ...createState(id + 4, { name: `${type}_split`, value: targetValues[type] }),
        multivariate_feature_state_values: [
          {
            id: id + 4,
            percentage_allocation: 100,
            multivariate_feature_option: { value, key: "first" },
          },
        ],
      },
      createState(id + 5, { name: `${type}_null`, value: null }),
    ];
  }),
  identity_overrides: [],
  project: {
    id: 1,
    segments: [
      {
        id: 1,
        name: "gold",
        rules: [{ type: "ALL", rules: [gold], conditions: [] }],
        feature_states: types.map((type, index) =>
          createState(index * 10 + 3, { name: `${type}_targeted`, value: targetValues[type] }),
        ),
      },
    ],
  },
} as WireDocument;

function createState(
  id: number,
  {
    name,
    value,
    enabled = true,
  }: {
    readonly name: string;
    readonly value: string | number | boolean | null;
    readonly enabled?: boolean;
  },
): WireFeatureState {
  return {
    feature: { id, name, type: "STANDARD" },
    enabled,
    feature_state_value: value,
    django_id: id,
    multivariate_feature_state_values: [],
  };
}
