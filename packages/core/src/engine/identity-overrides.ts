import type { SegmentContext } from "./context.ts";
import type { FeatureState, StateInput } from "./feature-state.ts";
import { compare } from "./order.ts";
import { isJsonObject, type JsonObject } from "./reader.ts";

/** The overrides of one identity as the readers return them. They take precedence over all other states. */
export interface IdentityInput {
  readonly identifier: string;
  readonly states: readonly StateInput[];
}

/** The states of one identity, by the name of the feature, or its only state. Features can be missing from the tables. */
export type IdentityOverrides = Map<string, FeatureState> | FeatureState;

/** Describes an override for a message. The identifier is not mentioned, because it may be personal data. */
export function describeIdentityOverride(feature: string): [subject: string, consequence: string] {
  return [
    `Feature ${feature}: an identity override`,
    "The feature counts as unknown for that identity.",
  ];
}

/** Replaces the name of a segment in the reasons of identity overrides. */
const overrideSegment = "identity_overrides";

/** The reason of every flag with an identity override. */
export const overrideReason: string = `TARGETING_MATCH; segment=${overrideSegment}`;

/** The `source` in the metadata of a segment that represents identity overrides. */
const overrideSource = "identity_override";

/**
 * Reads the identifiers of a segment from {@link createOverrideSegment}. Returns `undefined` for every other segment.
 *
 * These segments are looked up by identifier. Evaluating their condition would give other results: it would read the
 * identifier `"007"` as the number 7, and prefer a trait called `$.identity.identifier`.
 */
export function readOverriddenIdentifiers(segment: JsonObject): readonly string[] | undefined {
  const { metadata, rules } = segment;
  if (!isJsonObject(metadata) || metadata["source"] !== overrideSource) return undefined;
  const conditions = getOnlyItem(rules)?.["conditions"];
  const condition = getOnlyItem(conditions);
  const identifiers = condition?.["value"];
  const isValid =
    condition?.["property"] === "$.identity.identifier" &&
    condition["operator"] === "IN" &&
    Array.isArray(identifiers) &&
    identifiers.every((identifier) => typeof identifier === "string");
  return isValid ? identifiers : undefined;
}

function getOnlyItem(list: unknown): JsonObject | undefined {
  const item: unknown = Array.isArray(list) && list.length === 1 ? list[0] : undefined;
  return isJsonObject(item) ? item : undefined;
}

/** Creates a segment that applies to one identity only, in every engine that implements the context format. */
export function createOverrideSegment(
  identifier: string,
  overrides: NonNullable<SegmentContext["overrides"]>,
): SegmentContext {
  return {
    key: "",
    name: overrideSegment,
    metadata: { source: overrideSource },
    rules: [
      {
        type: "ALL",
        conditions: [{ property: "$.identity.identifier", operator: "IN", value: [identifier] }],
      },
    ],
    overrides,
  };
}

/**
 * Sorts the entries of `identity_overrides` by precedence. The order matters only if an identity has several entries.
 *
 * The official SDK groups the entries of all identities that override the same features, names, states and values. The
 * group that comes first in the document takes precedence.
 */
export function rankIdentities(identities: readonly IdentityInput[]): readonly IdentityInput[] {
  const identifiers = new Set(identities.map(({ identifier }) => identifier));
  if (identifiers.size === identities.length) return identities;
  const groups = new Map<string, IdentityInput[]>();
  for (const identity of identities) {
    const key = createGroupKey(identity);
    const group = groups.get(key) ?? [];
    group.push(identity);
    groups.set(key, group);
  }
  return [...groups.values()].flat();
}

/** Finds the state of a feature for an identity. It takes precedence over all other states. */
export function findIdentityState(
  overrides: IdentityOverrides | undefined,
  featureName: string,
): FeatureState | undefined {
  if (overrides instanceof Map) return overrides.get(featureName);
  return overrides?.flag.name === featureName ? overrides : undefined;
}

function createGroupKey({ states }: IdentityInput): string {
  const parts = states.map(({ name, featureId, enabled, value, isMalformed }) => {
    return [name, featureId, enabled, value, isMalformed] as const;
  });
  return JSON.stringify(parts.sort(([a], [b]) => compare(a, b)));
}
