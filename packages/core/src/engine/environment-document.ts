import type { FlagValue } from "./result.ts";

/** What the Flagsmith API serves under `environment-document/`; only the members that evaluation reads. */
export interface EnvironmentDocument {
  /** The environment's client-side key, also when asked for with a server-side key. */
  readonly api_key: string;
  readonly name?: string | null;
  readonly project: { readonly segments: readonly DocumentSegment[] };
  readonly feature_states: readonly DocumentFeatureState[];
  readonly identity_overrides?: readonly DocumentIdentityOverride[] | null;
}

/** A feature's state in the environment, in a segment or for one identity. */
export interface DocumentFeatureState {
  readonly feature: { readonly id: number; readonly name: string };
  readonly enabled: boolean;
  readonly feature_state_value?: FlagValue;
  /** Hash key of the feature state, where it has one. */
  readonly django_id?: number | null;
  readonly featurestate_uuid?: string | null;
  readonly feature_segment?: { readonly priority?: number | null } | null;
  readonly multivariate_feature_state_values?: readonly DocumentVariant[] | null;
}

/** One variant with its share. */
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

/** A segment and what it overrides. */
export interface DocumentSegment {
  readonly id: number;
  readonly name: string;
  readonly rules: readonly DocumentRule[];
  readonly feature_states?: readonly DocumentFeatureState[] | null;
}

/** Conditions and rules folded by `ALL`, `ANY` or `NONE`. */
export interface DocumentRule {
  readonly type: string;
  readonly conditions?: readonly DocumentCondition[] | null;
  readonly rules?: readonly DocumentRule[] | null;
}

/** A comparison; the API spells `property` with an underscore. */
export interface DocumentCondition {
  readonly operator: string;
  readonly property_?: string | null;
  readonly value?: unknown;
}

/** What one identity is served instead of the environment's and the segments' states. */
export interface DocumentIdentityOverride {
  readonly identifier: string;
  readonly identity_features?: readonly DocumentFeatureState[] | null;
}
