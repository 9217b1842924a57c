import type { EnvironmentDocument } from "../../src/engine/index.ts";
import type { Traits } from "../../src/identity/traits.ts";

/** One evaluation to explain. */
interface Scenario {
  readonly title: string;
  readonly featureName: string;
  readonly identifier?: string;
  readonly traits?: Traits;
  readonly document?: EnvironmentDocument;
}

let nextId = 100;

function state(name: string, value: unknown, more: object = {}) {
  return {
    feature: { id: nextId++, name },
    enabled: true,
    django_id: nextId++,
    feature_state_value: value,
    multivariate_feature_state_values: [],
    ...more,
  };
}

function variant(key: string | null, value: unknown, weight: number) {
  const id = nextId++;
  return {
    id,
    percentage_allocation: weight,
    multivariate_feature_option: { value, key },
  };
}

function condition(property_: string | null, operator: string, value: unknown = null) {
  return { property_, operator, value };
}

function rule(type: string, conditions: readonly object[], rules: readonly object[] = []) {
  return { type, conditions, rules };
}

function segment(
  id: number,
  name: string,
  parts: { readonly rules: readonly object[]; readonly overrides?: readonly object[] },
) {
  return { id, name, rules: parts.rules, feature_states: parts.overrides ?? [] };
}

function override(name: string, value: unknown, priority: number, more: object = {}) {
  return state(name, value, { feature_segment: { priority }, ...more });
}

function createDocument(parts: {
  readonly features: readonly object[];
  readonly segments?: readonly object[];
  readonly identities?: readonly object[];
}): EnvironmentDocument {
  return {
    api_key: "client-key",
    name: "Production",
    updated_at: "2026-11-27T16:02:11.000000+00:00",
    feature_states: parts.features,
    project: { id: 1, name: "Shop", segments: parts.segments ?? [] },
    identity_overrides: parts.identities ?? [],
  } as unknown as EnvironmentDocument;
}

const goldRules = [
  rule(
    "ALL",
    [],
    [
      rule("ANY", [condition("plan", "EQUAL", "gold")]),
      rule("ANY", [condition(null, "PERCENTAGE_SPLIT", "40")]),
    ],
  ),
];

/** A shop with segments, overrides and variants. */
const shop = createDocument({
  features: [
    state("max_items", 25),
    state("dark_mode", null, { enabled: false }),
    state("banner", "Welcome", {
      multivariate_feature_state_values: [
        variant("blue", "Sale!", 30),
        variant("green", "Free shipping", 30),
      ],
    }),
    state("checkout", "v1"),
    state("welcome_text", "Hello"),
  ],
  segments: [
    segment(12, "gold_users", {
      rules: goldRules,
      overrides: [override("max_items", 50, 0)],
    }),
    segment(9, "beta", {
      rules: [
        rule(
          "ALL",
          [],
          [
            rule("ANY", [
              condition("email", "CONTAINS", "@example.com"),
              condition("beta", "EQUAL", "true"),
            ]),
          ],
        ),
      ],
      overrides: [override("max_items", 40, 3), override("dark_mode", null, 0)],
    }),
    segment(14, "large carts", {
      rules: [
        rule("ALL", [
          condition("cart total", "GREATER_THAN", "100.5"),
          condition("country", "IN", "CH,DE,AT"),
        ]),
      ],
      overrides: [
        override("checkout", "v2", 0, {
          multivariate_feature_state_values: [variant("v3", "v3", 50)],
        }),
      ],
    }),
    segment(15, "not internal", {
      rules: [
        rule("NONE", [condition("email", "REGEX", ".*@shop\\.test$"), condition("role", "IS_SET")]),
      ],
      overrides: [override("welcome_text", "Hello, customer", 5)],
    }),
    segment(16, "new app", {
      rules: [rule("ALL", [condition("app_version", "GREATER_THAN_INCLUSIVE", "2.1.0:semver")])],
      overrides: [override("welcome_text", "Hello, new app", 2)],
    }),
  ],
  identities: [
    { identifier: "vip", identity_features: [state("max_items", 999)] },
    {
      identifier: "tester",
      identity_features: [
        state("banner", "Testing", {
          multivariate_feature_state_values: [variant("red", "Test sale!", 100)],
        }),
      ],
    },
  ],
});

/** Parts that cannot be evaluated, and flags that depend on each other. */
const faulty = createDocument({
  features: [
    state("search", "old"),
    state("a", 1),
    state("b", 1),
    state("gift", "no"),
    state("parcel", "small", { enabled: "yes" }),
    state("rollout", "off"),
    state("company_flag", false),
    state("path_flag", "x"),
  ],
  segments: [
    segment(1, "broken pattern", {
      rules: [rule("ALL", [condition("email", "REGEX", "("), condition("plan", "EQUAL", "gold")])],
      overrides: [override("search", "new", 0)],
    }),
    segment(2, "unknown operator", {
      rules: [rule("ALL", [condition("plan", "SOUNDS_LIKE", "gold")])],
      overrides: [override("search", "newer", 1)],
    }),
    segment(3, "malformed rule", {
      rules: [rule("SOME", [condition("plan", "EQUAL", "gold")])],
      overrides: [override("search", "newest", 2)],
    }),
    segment(4, "reads b", {
      rules: [rule("ALL", [condition("$.flags.b.value", "EQUAL", "1")])],
      overrides: [override("a", 2, 0)],
    }),
    segment(5, "reads a", {
      rules: [rule("ALL", [condition("$.flags.a.enabled", "EQUAL", "true")])],
      overrides: [override("b", 2, 0)],
    }),
    segment(6, "no rules", { rules: [], overrides: [override("gift", "yes", 0)] }),
    segment(7, "half of the companies", {
      rules: [rule("ALL", [condition("company", "PERCENTAGE_SPLIT", 50)])],
      overrides: [override("company_flag", true, 0)],
    }),
    segment(8, "one person", {
      rules: [
        rule("ALL", [
          condition("$.identity.identifier", "EQUAL", "user-1"),
          condition("$.environment.name", "EQUAL", "Production"),
        ]),
      ],
      overrides: [override("path_flag", "y", 0)],
    }),
    segment(9, "old ids", {
      rules: [
        rule("ALL", [condition("code", "CONTAINS", "00"), condition("age", "MODULO", "2|0")]),
      ],
      overrides: [override("rollout", "on", 0)],
    }),
  ],
});

const list: readonly Scenario[] = [
  {
    title: "a segment wins, another matches too",
    featureName: "max_items",
    identifier: "user-42",
    traits: { plan: "gold", email: "ann@example.com" },
  },
  {
    title: "the percentage of a segment excludes the identity",
    featureName: "max_items",
    identifier: "user-7",
    traits: { plan: "gold" },
  },
  { title: "no trait is passed", featureName: "max_items", identifier: "user-42" },
  {
    title: "an override of the identity wins",
    featureName: "max_items",
    identifier: "vip",
    traits: { plan: "gold" },
  },
  { title: "the flags of the environment", featureName: "max_items" },
  {
    title: "a flag without a value that is turned on",
    featureName: "dark_mode",
    identifier: "user-42",
    traits: { beta: true },
  },
  {
    title: "a flag that is off",
    featureName: "dark_mode",
    identifier: "user-42",
    traits: { beta: "yes" },
  },
  { title: "a variant", featureName: "banner", identifier: "user-42" },
  { title: "the control value", featureName: "banner", identifier: "user-5" },
  { title: "variants in an identity override", featureName: "banner", identifier: "tester" },
  { title: "variants without an identity", featureName: "banner" },
  {
    title: "variants in a segment override",
    featureName: "checkout",
    identifier: "user-42",
    traits: { "cart total": 250, country: "CH" },
  },
  {
    title: "a float and a list",
    featureName: "checkout",
    identifier: "user-42",
    traits: { "cart total": "99.90", country: "FR" },
  },
  {
    title: "NONE and a version",
    featureName: "welcome_text",
    identifier: "user-42",
    traits: { email: "ann@shop.test", app_version: "2.1" },
  },
  {
    title: "NONE matches",
    featureName: "welcome_text",
    identifier: "user-42",
    traits: { app_version: "2.0.9" },
  },
  { title: "an unknown feature", featureName: "max_itmes", identifier: "user-42" },
  {
    title: "conditions that cannot be evaluated",
    featureName: "search",
    identifier: "user-42",
    traits: { plan: "gold", email: "a@b.c" },
    document: faulty,
  },
  {
    title: "flags that depend on each other",
    featureName: "a",
    identifier: "user-42",
    document: faulty,
  },
  {
    title: "a segment without rules",
    featureName: "gift",
    identifier: "user-42",
    document: faulty,
  },
  { title: "a malformed feature", featureName: "parcel", identifier: "user-42", document: faulty },
  {
    title: "a split by a trait",
    featureName: "company_flag",
    identifier: "user-42",
    traits: { company: "acme" },
    document: faulty,
  },
  {
    title: "paths into the context",
    featureName: "path_flag",
    identifier: "user-2",
    document: faulty,
  },
  {
    title: "a text that counts as a number, and an invalid trait",
    featureName: "rollout",
    identifier: "user-2",
    traits: { code: "007", age: Number.NaN },
    document: faulty,
  },
  {
    title: "a trait with another name than in the segment",
    featureName: "max_items",
    identifier: "user-42",
    traits: { Plan: "gold" },
  },
  {
    title: "a boolean compared with a text",
    featureName: "dark_mode",
    identifier: "user-42",
    traits: { beta: "true", email: true },
  },
];

/** Evaluations whose explanations are read by people. */
export const scenarios: readonly (Scenario & { readonly document: EnvironmentDocument })[] =
  list.map((scenario) => ({ document: shop, ...scenario }));
