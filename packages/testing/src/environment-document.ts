/** Anything that JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [member: string]: JsonValue };

/** A feature's state in an environment document; only what the API itself reads is named. */
export interface DocumentFeatureState {
  readonly feature: { readonly id: number; readonly name: string; readonly type?: string };
  readonly enabled: boolean;
  readonly feature_state_value: unknown;
  readonly django_id?: number | null;
}

/** An identity override in an environment document. */
export interface DocumentIdentityOverride {
  readonly identifier: string;
}

/**
 * The environment document the API is made from, as the real API sends it. Members that the API
 * does not read itself (segments, weights) are kept and sent as they are.
 */
export interface EnvironmentDocument {
  readonly id: number;
  /** The client-side key, also in documents that were asked for with a server-side key. */
  readonly api_key: string;
  /** ISO 8601 with zone; the epoch when absent. */
  readonly updated_at?: string;
  readonly allow_client_traits?: boolean;
  readonly hide_sensitive_data?: boolean;
  /** `null`: as the project says. */
  readonly hide_disabled_flags?: boolean | null;
  readonly feature_states: readonly DocumentFeatureState[];
  readonly identity_overrides?: readonly DocumentIdentityOverride[];
  readonly project: {
    readonly hide_disabled_flags?: boolean;
    readonly server_key_only_feature_ids?: readonly number[];
    readonly organisation?: { readonly persist_trait_data?: boolean };
  };
}

/** The same data, writable at every depth. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? Draft<Item>[]
  : T extends object
    ? { -readonly [Member in keyof T]: Draft<T[Member]> }
    : T;
