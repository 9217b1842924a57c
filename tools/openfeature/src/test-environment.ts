import type { WireDocument, WireFeatureState } from "@flagsmith-isomorphic/testing";
import type { Mode } from "./scenario.ts";

/** The part of OpenFeature's test flags that is used here. */
type TestFlags = Readonly<
  Record<
    string,
    {
      readonly variants: Readonly<Record<string, unknown>>;
      readonly defaultVariant?: string | null;
      readonly disabled?: boolean;
      readonly contextEvaluator?: string;
    }
  >
>;

const emailIsBallmer = {
  property_: "email",
  operator: "EQUAL",
  value: "ballmer@macrosoft.com",
};

/** The segments of the expressions in the test flags. */
const conditions: Readonly<Record<string, readonly object[]>> = {
  "email == 'ballmer@macrosoft.com' ? 'zero' : ''": [emailIsBallmer],
  "!customer && email == 'ballmer@macrosoft.com' && age > 10 ? 'internal' : ''": [
    { property_: "customer", operator: "EQUAL", value: "false" },
    emailIsBallmer,
    { property_: "age", operator: "GREATER_THAN", value: "10" },
  ],
};

/** The official client requires it. */
const organisation = {
  id: 1,
  name: "OpenFeature",
  feature_analytics: false,
  stop_serving_flags: false,
  persist_trait_data: true,
};

/** Translates OpenFeature's test flags to an environment. Each expression becomes a segment. */
export function createTestEnvironment(testFlags: unknown, { booleans }: Mode): WireDocument {
  const flags = Object.entries(testFlags as TestFlags);
  const toState = (id: number, name: string, value: unknown, isDisabled = false) => ({
    feature: { id, name, type: "STANDARD" },
    django_id: id,
    enabled: !isDisabled && (booleans === "value" || value !== false),
    feature_state_value: toStoredValue(value),
    multivariate_feature_state_values: [],
  });
  const states = flags.map(([name, { variants, defaultVariant, disabled }], index) =>
    toState(index + 1, name, variants[defaultVariant ?? ""] ?? null, disabled),
  );
  const segments = flags.flatMap(([name, { variants, contextEvaluator }], index) => {
    if (contextEvaluator === undefined) return [];
    const chosen = /\? '(.*?)'/.exec(contextEvaluator)?.[1] ?? "";
    const rule = { type: "ALL", rules: [], conditions: conditions[contextEvaluator] };
    return [
      {
        id: index + 1,
        name: `context of ${name}`,
        rules: [{ type: "ALL", rules: [rule], conditions: [] }],
        feature_states: [toState(index + 1, name, variants[chosen])],
      },
    ];
  });
  const document = {
    id: 1,
    api_key: "client-key",
    name: "OpenFeature",
    updated_at: "2026-01-02T03:04:05.678901+00:00",
    feature_states: states as WireFeatureState[],
    identity_overrides: [],
    project: { id: 1, name: "OpenFeature", hide_disabled_flags: false, organisation, segments },
  };
  return document as unknown as WireDocument;
}

/** Flagsmith stores objects as JSON and fractions as text. */
function toStoredValue(value: unknown): unknown {
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  return typeof value === "number" && !Number.isInteger(value) ? String(value) : value;
}
