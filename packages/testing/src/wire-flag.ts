import type { WireDocument, WireFeatureState } from "./environment-document.ts";

/** A flag as `flags/` and `identities/` send it. */
export interface WireFlag {
  readonly id: number | null;
  readonly feature: {
    readonly id: number;
    readonly name: string;
    readonly type?: string;
    readonly created_date?: string | null;
    readonly description?: string | null;
    readonly initial_value?: unknown;
    readonly default_enabled?: boolean | null;
  };
  readonly feature_state_value: unknown;
  readonly enabled: boolean;
  readonly environment?: number | null;
  readonly identity?: unknown;
  readonly feature_segment?: unknown;
  /** Only in answers of `identities/`. */
  readonly variant?: string | null;
  readonly metadata?: unknown;
  readonly reason?: string;
}

/** Who asks: a client-side key does not see server-key-only features. */
export type KeyKind = "client" | "server";

/**
 * The flag of a feature state. Dates, descriptions and initial values are not in the document;
 * they are `null`, as in an environment that hides sensitive data.
 */
export function environmentFlag(state: WireFeatureState, document: WireDocument): WireFlag {
  const hidden = document.hide_sensitive_data === true;
  return {
    id: hidden ? null : (state.django_id ?? null),
    feature: {
      id: state.feature.id,
      name: state.feature.name,
      created_date: null,
      description: null,
      initial_value: null,
      default_enabled: null,
      type: state.feature.type ?? "STANDARD",
    },
    feature_state_value: state.feature_state_value,
    environment: hidden ? null : document.id,
    identity: null,
    feature_segment: null,
    enabled: state.enabled,
  };
}

/** Whether the environment, or else its project, keeps disabled flags to itself. */
export function hidesDisabledFlags(document: WireDocument): boolean {
  return document.hide_disabled_flags ?? document.project.hide_disabled_flags ?? false;
}

/** Whether client-side keys do not see the feature. */
export function isServerKeyOnly(featureId: number, document: WireDocument): boolean {
  return document.project.server_key_only_feature_ids?.includes(featureId) ?? false;
}

/** Feature names in `?feature=` match without regard to case; an empty one takes the first flag. */
export function findFlag(flags: readonly WireFlag[], name: string): WireFlag | undefined {
  if (name === "") return flags[0];
  return flags.find((flag) => flag.feature.name.toLowerCase() === name.toLowerCase());
}
