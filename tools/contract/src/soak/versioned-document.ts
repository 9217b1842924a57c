import type { Flags, Traits } from "@flagsmith-isomorphic/core";
import type { WireDocument, WireFeatureState } from "@flagsmith-isomorphic/testing";

/** An identity whose label comes from one part of the document. */
export interface SoakIdentity {
  readonly identifier: string;
  readonly traits: Traits;
  /** Text before the version in the label of this identity. */
  readonly prefix: string;
}

/** An identity without overrides, a member of the segment, and an identity with an override of its own. */
export const soakIdentities: readonly SoakIdentity[] = [
  { identifier: "anybody", traits: {}, prefix: "anybody" },
  { identifier: "a-member", traits: { plan: "gold" }, prefix: "gold" },
  { identifier: "vip", traits: { plan: "gold" }, prefix: "vip" },
];

/** Number of evaluations by {@link readVersion}, which analytics must count. */
export const evaluationsPerResult = 3;

/** Reads the document version of flags. Returns a message if they do not belong to exactly one version. */
export function readVersion(flags: Flags, { prefix }: SoakIdentity): number | string {
  const version = flags.getFeatureValue("version");
  const label = flags.getFeatureValue("label");
  const isEven = flags.isFeatureEnabled("is_even");
  if (typeof version !== "number") return `version is ${JSON.stringify(version)}`;
  const isWhole = label === formatLabel(prefix, version) && isEven === (version % 2 === 0);
  return isWhole ? version : `${version} is mixed with ${JSON.stringify({ label, isEven })}`;
}

/** Version of invalid documents, which no client may use. */
export const invalidVersion = -1;

/** Makes documents so large that they show in the heap if a client keeps old ones. */
const counts = { features: 40, segments: 20, overrides: 100 };

/**
 * Creates a version of the document. The environment, a segment, an identity override and the state of a
 * feature contain the number of the version, so that {@link readVersion} detects flags of two versions.
 */
export function createDocument(version: number): WireDocument {
  const features = createRange(counts.features).map((id) =>
    createState(100 + id, `other_${id}`, {
      value: `${id} of ${version}, ${"and so on ".repeat(10)}`,
    }),
  );
  const identifiers = ["vip", ...createRange(counts.overrides).map((id) => `identity-${id}`)];
  return {
    id: 1,
    api_key: "soak-client-key",
    // Like every document of a server. Without a date, a replica that lags could bring back the first version.
    updated_at: "2026-01-01T00:00:00.000000+00:00",
    project: {
      segments: [
        createGoldSegment(version),
        ...createRange(counts.segments).map(createEmptySegment),
      ],
    },
    feature_states: [
      createState(1, "version", { value: version }),
      createState(2, "label", { value: formatLabel("anybody", version) }),
      createState(3, "is_even", { value: null, enabled: version % 2 === 0 }),
      ...features,
    ],
    identity_overrides: identifiers.map((identifier) => ({
      identifier,
      identity_features: [createState(2, "label", { value: formatLabel(identifier, version) })],
    })),
  };
}

function createGoldSegment(version: number): WireDocument["project"]["segments"][number] {
  const conditions = [{ operator: "EQUAL", property_: "plan", value: "gold" }];
  const label = createState(2, "label", { value: formatLabel("gold", version) });
  return {
    id: 1,
    name: "gold",
    rules: [{ type: "ALL", rules: [{ type: "ANY", conditions }] }],
    feature_states: [{ ...label, feature_segment: { priority: 0 } }],
  };
}

/** Creates a segment without members. */
function createEmptySegment(id: number): WireDocument["project"]["segments"][number] {
  const conditions = [
    { operator: "REGEX", property_: "email", value: `^[a-z]+${id}@example\\.com$` },
  ];
  return { id: 100 + id, name: `other ${id}`, rules: [{ type: "ALL", conditions }] };
}

function createState(
  id: number,
  name: string,
  { value, enabled = true }: { readonly value: string | number | null; readonly enabled?: boolean },
): WireFeatureState {
  return { feature: { id, name }, enabled, feature_state_value: value };
}

function formatLabel(prefix: string, version: number): string {
  return `${prefix} ${version}`;
}

function createRange(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
