import { createFlagsmithApi, type WireDocument } from "@flagsmith-isomorphic/testing";
import { environmentDocument } from "recordings";

/** The recorded environment of a real server. */
export const recordedDocument = environmentDocument as unknown as WireDocument;

/** A secret key. No output may contain it. */
export const secretKey = "ser.Dq7xKp2Zt9LmVw4Rb8";

/** A small environment with a segment and an identity override. */
export const shopDocument: WireDocument = {
  id: 1,
  api_key: "client-side-key",
  name: "Shop",
  updated_at: "2026-11-27T16:02:11Z",
  project: {
    segments: [
      {
        id: 12,
        name: "gold_users",
        rules: [
          {
            type: "ALL",
            conditions: [{ property_: "plan", operator: "EQUAL", value: "gold" }],
          },
        ],
        feature_states: [state(2, "max_items", 50, { feature_segment: { priority: 0 } })],
      },
    ],
  },
  feature_states: [
    state(1, "dark_mode", null),
    state(2, "max_items", 25),
    state(3, "banner", '{"title":"Sale"}'),
    { ...state(4, "tier", "free"), enabled: false },
  ],
  identity_overrides: [{ identifier: "alice", identity_features: [state(2, "max_items", 99)] }],
};

function state(id: number, name: string, value: string | number | null, others: object = {}) {
  return { feature: { id, name }, enabled: true, feature_state_value: value, ...others };
}

/** A copy of the shop with other values of the environment. */
export function changeShop(values: Readonly<Record<string, string | number>>): WireDocument {
  return {
    ...shopDocument,
    feature_states: shopDocument.feature_states.map((feature) => {
      const value = values[feature.feature.name];
      return value === undefined ? feature : { ...feature, feature_state_value: value };
    }),
  };
}

/** An API in memory that serves the shop, and the settings to reach it. */
export function serveShop(document: WireDocument = shopDocument) {
  const api = createFlagsmithApi({ document, environmentKey: secretKey });
  const env = { FLAGSMITH_ENVIRONMENT_KEY: secretKey, FLAGSMITH_API_URL: "https://flags.test" };
  return { api, world: { fetch: api.fetch, env } };
}
