import type { FlagValue } from "./result.ts";

/** The response of the Flagsmith API to `environment-document/`, with the members that evaluation reads. */
export interface EnvironmentDocument {
  /** The environment's client-side key, even if the document was requested with a server-side key. */
  readonly api_key: string;
  readonly name?: string | null;
  readonly project: { readonly segments: readonly DocumentSegment[] };
  readonly feature_states: readonly DocumentFeatureState[];
  readonly identity_overrides?: readonly DocumentIdentityOverride[] | null;
}

/** The state of a feature in the environment, in a segment or for one identity. */
export interface DocumentFeatureState {
  readonly feature: { readonly id: number; readonly name: string };
  readonly enabled: boolean;
  readonly feature_state_value?: FlagValue;
  /** Hashed for percentage splits. `featurestate_uuid` replaces it if it is missing. */
  readonly django_id?: number | null;
  readonly featurestate_uuid?: string | null;
  readonly feature_segment?: { readonly priority?: number | null } | null;
  readonly multivariate_feature_state_values?: readonly DocumentVariant[] | null;
}

/** One variant of a multivariate feature. */
export interface DocumentVariant {
  readonly id?: number | null;
  readonly mv_fs_value_uuid?: string | null;
  /** In per cent. */
  readonly percentage_allocation: number;
  readonly multivariate_feature_option: {
    readonly value?: FlagValue;
    readonly key?: string | null;
  };
}

/** A segment with its overrides of features. */
export interface DocumentSegment {
  readonly id: number;
  readonly name: string;
  readonly rules: readonly DocumentRule[];
  readonly feature_states?: readonly DocumentFeatureState[] | null;
}

/** Conditions and rules, combined by `ALL`, `ANY` or `NONE`. */
export interface DocumentRule {
  readonly type: string;
  readonly conditions?: readonly DocumentCondition[] | null;
  readonly rules?: readonly DocumentRule[] | null;
}

/** A comparison. The API spells `property` with a trailing underscore. */
export interface DocumentCondition {
  readonly operator: string;
  readonly property_?: string | null;
  readonly value?: unknown;
}

/** The overrides of one identity. They take precedence over the states of segments and environment. */
export interface DocumentIdentityOverride {
  readonly identifier: string;
  readonly identity_features?: readonly DocumentFeatureState[] | null;
}
