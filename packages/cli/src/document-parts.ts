import type { EnvironmentDocument } from "flagsmith-isomorphic";
import { count } from "./text.ts";

type State = EnvironmentDocument["feature_states"][number];
type Segment = EnvironmentDocument["project"]["segments"][number];
type Override = NonNullable<EnvironmentDocument["identity_overrides"]>[number];

/** The well-formed parts of a document. The engine ignores and reports the others. */
export interface DocumentParts {
  readonly features: readonly State[];
  readonly segments: readonly (Segment & { readonly feature_states: readonly State[] })[];
  readonly identities: readonly (Override & { readonly identity_features: readonly State[] })[];
}

/** Lists the parts of a document that may have any content. */
export function listParts(document: EnvironmentDocument): DocumentParts {
  const {
    feature_states: features,
    project,
    identity_overrides: identities,
  }: Json = { ...document };
  return {
    features: listStates(features),
    segments: listObjects(isObject(project) ? project["segments"] : []).flatMap((segment) =>
      typeof segment["name"] === "string"
        ? [{ ...segment, feature_states: listStates(segment["feature_states"]) } as never]
        : [],
    ),
    identities: listObjects(identities).flatMap((identity) =>
      typeof identity["identifier"] === "string"
        ? [{ ...identity, identity_features: listStates(identity["identity_features"]) } as never]
        : [],
    ),
  };
}

type Json = Readonly<Record<string, unknown>>;

function listStates(states: unknown): readonly State[] {
  return listObjects(states).filter(isState) as unknown as readonly State[];
}

/** Whether the feature is known to the engine in this state. */
function isState(state: Json): boolean {
  const { feature, enabled, feature_state_value: value } = state;
  const variants = state["multivariate_feature_state_values"] ?? [];
  return (
    isObject(feature) &&
    typeof feature["name"] === "string" &&
    typeof enabled === "boolean" &&
    isValue(value) &&
    Array.isArray(variants) &&
    variants.every(isVariant)
  );
}

function isVariant(variant: unknown): boolean {
  if (!isObject(variant) || typeof variant["percentage_allocation"] !== "number") return false;
  const option = variant["multivariate_feature_option"];
  return isObject(option) && isValue(option["value"]);
}

function isValue(value: unknown): boolean {
  return typeof (value ?? "") !== "object";
}

/** Counts the parts of a document in words. */
export function countParts({ features, segments, identities }: DocumentParts): string {
  return [
    count(features.length, "feature"),
    count(segments.length, "segment"),
    count(identities.length, "identity with overrides", "identities with overrides"),
  ].join(", ");
}

/** Lists the objects of a list that may have any content. */
export function listObjects(list: unknown): readonly Json[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
