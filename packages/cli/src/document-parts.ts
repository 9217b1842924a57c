import type { EnvironmentDocument } from "flagsmith-isomorphic";

type State = EnvironmentDocument["feature_states"][number];
type Segment = EnvironmentDocument["project"]["segments"][number];
type Override = NonNullable<EnvironmentDocument["identity_overrides"]>[number];

/** The well-formed parts of a document. The engine ignores and reports the others. */
interface DocumentParts {
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
  return listObjects(states).flatMap((state) => {
    const { feature, multivariate_feature_state_values: variants } = state;
    if (!isObject(feature) || typeof feature["name"] !== "string") return [];
    const valid = listObjects(variants).filter((variant) =>
      isObject(variant["multivariate_feature_option"]),
    );
    return [{ ...state, multivariate_feature_state_values: valid } as unknown as State];
  });
}

/** Lists the objects of a list that may have any content. */
export function listObjects(list: unknown): readonly Json[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
