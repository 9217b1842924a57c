import type { WireTrait } from "./identity-store.ts";
import type { KeyKind } from "./router.ts";
import type { ServedEnvironment } from "./served-environment.ts";
import type { WireDocument, WireFeatureState } from "./wire-document.ts";

/** A flag as `flags/` and `identities/` return it. */
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
  /** Only in responses of `identities/`. */
  readonly variant?: string | null;
  readonly metadata?: unknown;
  readonly reason?: string;
}

/** The identity of a request to `identities/`. */
export interface RequestedIdentity {
  readonly identifier: string;
  /** Stored and sent traits together, as the response lists them. */
  readonly traits: readonly WireTrait[];
  readonly transient: boolean;
}

/** Returns all flags of an identity, or `undefined` to evaluate them from the environment document. */
export type IdentityFlagsHandler = (identity: RequestedIdentity) => readonly WireFlag[] | undefined;

/** Lists the environment's flags without an identity that the key may see. */
export function listEnvironmentFlags(
  document: WireDocument,
  keyKind: KeyKind,
): readonly WireFlag[] {
  // On the real server, hiding disabled flags replaces hiding server-key-only features.
  const states = document.feature_states.filter((state) =>
    hidesDisabledFlags(document)
      ? state.enabled
      : keyKind === "server" || !isServerKeyOnly(state.feature.id, document),
  );
  return states.map((state) => createWireFlag(state, document));
}

/** Evaluates the flags of an identity and lists those that the key may see. */
export function listIdentityFlags(
  identity: RequestedIdentity,
  { document, compiled }: ServedEnvironment,
  {
    keyKind,
    handler,
  }: { readonly keyKind: KeyKind; readonly handler: IdentityFlagsHandler | undefined },
): readonly WireFlag[] {
  const flags = handler?.(identity) ?? evaluateFlags(identity, document, compiled);
  return flags.filter(
    ({ enabled, feature }) =>
      (enabled || !hidesDisabledFlags(document)) &&
      (keyKind === "server" || !isServerKeyOnly(feature.id, document)),
  );
}

/** Finds a flag by name, ignoring case. An empty name finds the first flag, as on the real server. */
export function findFlag(flags: readonly WireFlag[], name: string): WireFlag | undefined {
  if (name === "") return flags[0];
  return flags.find((flag) => flag.feature.name.toLowerCase() === name.toLowerCase());
}

function evaluateFlags(
  { identifier, traits }: RequestedIdentity,
  document: WireDocument,
  compiled: ServedEnvironment["compiled"],
): readonly WireFlag[] {
  const evaluation = compiled.evaluate({
    identifier,
    traits: Object.fromEntries(
      traits.map(({ trait_key, trait_value }) => [trait_key, trait_value]),
    ),
  });
  return document.feature_states.map((state) => {
    const flag = createWireFlag(state, document);
    const evaluated = evaluation.flag(state.feature.name);
    if (evaluated === undefined) return { ...flag, variant: null };
    const { enabled, value, reason, variant } = evaluated;
    // Unlike the engine, the server calls the value of an override without weights "control".
    const isControl = state.feature.type === "MULTIVARIATE" && !reason.startsWith("SPLIT");
    return {
      ...flag,
      enabled,
      feature_state_value: value,
      variant: isControl ? "control" : variant,
    };
  });
}

/**
 * Creates the flag of a feature state. The document contains no dates, descriptions and initial values:
 * they are `null`, as in an environment that hides sensitive data.
 */
function createWireFlag(state: WireFeatureState, document: WireDocument): WireFlag {
  const isHidden = document.hide_sensitive_data === true;
  return {
    id: isHidden ? null : (state.django_id ?? null),
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
    environment: isHidden ? null : document.id,
    identity: null,
    feature_segment: null,
    enabled: state.enabled,
  };
}

function hidesDisabledFlags(document: WireDocument): boolean {
  return document.hide_disabled_flags ?? document.project.hide_disabled_flags ?? false;
}

function isServerKeyOnly(featureId: number, document: WireDocument): boolean {
  return document.project.server_key_only_feature_ids?.includes(featureId) ?? false;
}
