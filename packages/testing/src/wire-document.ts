import type * as engine from "@flagsmith-isomorphic/core/engine";

export type { JsonValue } from "@flagsmith-isomorphic/core";

/** A feature state in an environment document. */
export interface WireFeatureState extends engine.DocumentFeatureState {
  readonly feature: engine.DocumentFeatureState["feature"] & { readonly type?: string };
}

/**
 * An environment document as the real API serves it: the members that evaluation and the endpoints read.
 * Other members are stored and served unchanged.
 */
export interface WireDocument extends engine.EnvironmentDocument {
  readonly id: number;
  /** ISO 8601 with a zone. @defaultValue the epoch */
  readonly updated_at?: string;
  readonly allow_client_traits?: boolean;
  readonly hide_sensitive_data?: boolean;
  /** `null` uses the project's setting. */
  readonly hide_disabled_flags?: boolean | null;
  readonly feature_states: readonly WireFeatureState[];
  readonly project: engine.EnvironmentDocument["project"] & {
    readonly hide_disabled_flags?: boolean;
    /** `false`: clients with realtime updates poll as if they had none. */
    readonly enable_realtime_updates?: boolean;
    readonly server_key_only_feature_ids?: readonly number[];
    readonly organisation?: { readonly persist_trait_data?: boolean };
  };
}

/** An environment without features. */
export const emptyDocument: WireDocument = {
  id: 1,
  api_key: "client-key",
  project: { segments: [] },
  feature_states: [],
};

/** The same data, writable at every depth. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? Draft<Item>[]
  : T extends object
    ? { -readonly [Member in keyof T]: Draft<T[Member]> }
    : T;
