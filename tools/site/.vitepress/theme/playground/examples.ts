import type { EnvironmentDocument } from "@flagsmith-isomorphic/core/engine";
import type { TraitRow } from "./traits.ts";

/** A document to start with, and an identity that shows something. */
export interface Example {
  readonly name: string;
  readonly summary: string;
  readonly document: EnvironmentDocument & { readonly updated_at: string };
  readonly identifier: string;
  readonly traits: readonly TraitRow[];
  /** The feature whose explanation is open. */
  readonly featureName: string;
}

type State = EnvironmentDocument["feature_states"][number];
type Segment = EnvironmentDocument["project"]["segments"][number];
type Condition = readonly [property: string, operator: string, value?: string | number];

let lastId = 0;

/** Creates the state of a feature. The id of a feature is the same in every state. */
function state(
  id: number,
  name: string,
  enabled: boolean,
  value: State["feature_state_value"] = null,
  more: Partial<State> = {},
): State {
  lastId += 1;
  return {
    feature: { id, name },
    enabled,
    feature_state_value: value,
    django_id: lastId,
    featurestate_uuid: `00000000-0000-4000-8000-${String(lastId).padStart(12, "0")}`,
    ...more,
  };
}

function variant(key: string, value: string | number, percentage: number) {
  lastId += 1;
  return {
    id: lastId,
    percentage_allocation: percentage,
    multivariate_feature_option: { value, key },
  };
}

/** Creates a segment whose conditions must all match. */
function segment(
  id: number,
  name: string,
  conditions: readonly Condition[],
  states: readonly State[] = [],
): Segment {
  const rules = conditions.map(([property, operator, value = ""]) => ({
    type: "ANY",
    conditions: [{ property_: property, operator, value: String(value) }],
    rules: [],
  }));
  return { id, name, rules: [{ type: "ALL", conditions: [], rules }], feature_states: states };
}

function priority(value: number): Partial<State> {
  return { feature_segment: { priority: value } };
}

const banner = '{"title":"Summer sale","until":"2026-12-31"}';

const shop: Example = {
  name: "Shop",
  summary: "Segments by plan and country, and an override for one customer.",
  document: {
    api_key: "shop-client-key",
    name: "Production",
    updated_at: "2026-11-20T09:30:00.000000+00:00",
    project: {
      segments: [
        segment(
          1,
          "gold_customers",
          [["plan", "EQUAL", "gold"]],
          [
            state(2, "max_items", true, 50, priority(0)),
            state(3, "free_shipping", true, null, priority(0)),
          ],
        ),
        segment(
          2,
          "alps",
          [["country", "IN", "CH,AT,LI"]],
          [
            state(2, "max_items", true, 30, priority(1)),
            state(4, "banner", true, banner, priority(0)),
          ],
        ),
        segment(
          3,
          "large_orders",
          [["order_total", "GREATER_THAN_INCLUSIVE", 100]],
          [state(3, "free_shipping", true, null, priority(1))],
        ),
      ],
    },
    feature_states: [
      state(1, "dark_mode", true),
      state(2, "max_items", true, 25),
      state(3, "free_shipping", false),
      state(4, "banner", false, banner),
      state(5, "support_chat", true, "weekdays"),
    ],
    identity_overrides: [
      { identifier: "alice", identity_features: [state(2, "max_items", true, 500)] },
    ],
  },
  identifier: "user-42",
  traits: [
    { name: "plan", text: "gold" },
    { name: "country", text: "CH" },
    { name: "order_total", text: "80" },
  ],
  featureName: "max_items",
};

const rollout: Example = {
  name: "Rollout",
  summary: "A feature for a growing share of users, and conditions on the version of the app.",
  document: {
    api_key: "rollout-client-key",
    name: "Production",
    updated_at: "2026-11-24T14:05:00.000000+00:00",
    project: {
      segments: [
        segment(
          11,
          "first_30_percent",
          [["", "PERCENTAGE_SPLIT", 30]],
          [state(11, "new_checkout", true, "v2", priority(1))],
        ),
        segment(
          12,
          "employees",
          [["email", "REGEX", "^.+@example\\.com$"]],
          [state(11, "new_checkout", true, "v3", priority(0)), state(13, "debug_bar", true)],
        ),
        segment(
          13,
          "current_app",
          [
            ["app_version", "GREATER_THAN_INCLUSIVE", "2.4.0:semver"],
            ["beta", "EQUAL", "true"],
          ],
          [state(12, "offline_sync", true, null, priority(0))],
        ),
      ],
    },
    feature_states: [
      state(11, "new_checkout", false, "v1"),
      state(12, "offline_sync", false),
      state(13, "debug_bar", false),
      state(14, "request_timeout_ms", true, 8000),
    ],
    identity_overrides: [],
  },
  identifier: "user-7",
  traits: [
    { name: "app_version", text: '"2.5.1"' },
    { name: "beta", text: "true" },
  ],
  featureName: "new_checkout",
};

const experiment: Example = {
  name: "Experiment",
  summary: "Variants with percentages, other percentages for a segment, and a broken condition.",
  document: {
    api_key: "experiment-client-key",
    name: "Staging",
    updated_at: "2026-11-27T08:00:00.000000+00:00",
    project: {
      segments: [
        segment(
          21,
          "mobile",
          [["device", "EQUAL", "phone"]],
          [
            state(22, "headline", true, "Welcome", {
              ...priority(0),
              multivariate_feature_state_values: [
                variant("short", "Hi", 80),
                variant("question", "What are you looking for?", 10),
              ],
            }),
          ],
        ),
        segment(
          22,
          "partners",
          [["email", "REGEX", "(partner|agency"]],
          [state(23, "price_test", false, null, priority(0))],
        ),
      ],
    },
    feature_states: [
      state(21, "button_colour", true, "grey", {
        multivariate_feature_state_values: [
          variant("green", "#2e7d32", 25),
          variant("orange", "#ef6c00", 25),
          variant("violet", "#6a1b9a", 10),
        ],
      }),
      state(22, "headline", true, "Welcome", {
        multivariate_feature_state_values: [
          variant("short", "Hi", 30),
          variant("question", "What are you looking for?", 30),
        ],
      }),
      state(23, "price_test", true, 19, {
        multivariate_feature_state_values: [variant("low", 15, 50), variant("high", 24, 50)],
      }),
    ],
    identity_overrides: [],
  },
  identifier: "user-1",
  traits: [
    { name: "device", text: "phone" },
    { name: "email", text: "kim@partner.example" },
  ],
  featureName: "button_colour",
};

/** The included documents. */
export const examples: readonly Example[] = [shop, rollout, experiment];
