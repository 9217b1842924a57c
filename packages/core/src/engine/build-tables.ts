import type { EnvironmentContext } from "./context.ts";
import { compileState, type FeatureState, type StateInput } from "./feature-state.ts";
import { flagsTooFar, maxChainLength } from "./flag-dependency.ts";
import { type IdentityRecord, overrideSegment } from "./identity-overrides.ts";
import { compare } from "./order.ts";
import { report } from "./reader.ts";
import type { EvaluatedSegment, FlagValue } from "./result.ts";
import { type CompiledRules, never } from "./segment.ts";
import type { CompiledFeature, IdentityOverride, SegmentOverride, Tables } from "./tables.ts";

/** An environment as the readers hand it over. */
export interface EnvironmentInput {
  readonly environment: EnvironmentContext;
  readonly features: readonly StateInput[];
  readonly segments: readonly SegmentInput[];
  /** The first override of a feature for an identifier is the one that counts. */
  readonly identities: readonly IdentityRecord<StateInput>[];
}

/** A segment and what it makes of features; of those the environment lacks, nothing is made. */
export interface SegmentInput {
  readonly entry: EvaluatedSegment;
  readonly rules: CompiledRules;
  readonly overrides: readonly OverrideInput[];
}

/** What a segment makes of one feature; the lowest priority wins. */
export interface OverrideInput {
  readonly state: StateInput;
  readonly priority: number;
}

interface OpenFeature extends CompiledFeature {
  readonly overrides: (SegmentOverride & { readonly priority: number })[];
}

/** Builds the tables of an environment; they keep nothing of the input. */
export function buildTables(input: EnvironmentInput): Tables {
  const { environment } = input;
  const features = new Map<string, OpenFeature>();
  const identityOverrides = new Map<string, IdentityOverride | IdentityOverride[]>();
  const shared = new Map<CompiledFeature, Map<FlagValue, IdentityOverride>[]>();

  for (const state of input.features) {
    features.set(state.name, {
      key: state.key,
      base: compileState(state, "DEFAULT", environment.key),
      overrides: [],
    });
  }
  input.segments.forEach(({ entry, overrides }, segment) => {
    for (const { priority, state } of overrides) {
      features
        .get(state.name)
        ?.overrides.push({ segment, priority, state: override(state, entry.name) });
    }
  });
  for (const { overrides } of features.values()) {
    // Stable, so that the segment that comes first in the input wins a tie.
    if (overrides.length > 1) overrides.sort((a, b) => compare(a.priority, b.priority));
  }
  for (const { identifier, states } of input.identities) {
    for (const state of states) {
      const feature = features.get(state.name);
      if (feature !== undefined) addIdentityOverride(identifier, feature, state);
    }
  }
  const readsFlags = input.segments.some(({ rules }) => rules.flags.length > 0);
  const tooFar = readsFlags ? flagsTooFar(features, input.segments) : undefined;
  const segments = input.segments.map(({ entry, rules: { matches, flags, path } }) => {
    if (!tooFar || !flags.some((flag) => tooFar.has(flag))) return { entry, matches, flags };
    report(path, `reads a chain of more than ${maxChainLength} flags`);
    return { entry, matches: never, flags: [] };
  });
  return { environment, features, segments, identityOverrides, readsFlags };

  function addIdentityOverride(
    identifier: string,
    feature: CompiledFeature,
    state: StateInput,
  ): void {
    const known = identityOverrides.get(identifier);
    if (known === undefined) {
      identityOverrides.set(identifier, shareOverride(feature, state));
      return;
    }
    const others = [known].flat();
    if (others.some((other) => other.feature === feature)) return;
    identityOverrides.set(identifier, [...others, shareOverride(feature, state)]);
  }

  /** Equal states are shared: an environment can have ten thousand overrides that say the same. */
  function shareOverride(feature: CompiledFeature, state: StateInput): IdentityOverride {
    const byState = shared.get(feature) ?? [new Map(), new Map()];
    shared.set(feature, byState);
    const byValue = (state.variants.length === 0 && byState[Number(state.enabled)]) || new Map();
    const own = byValue.get(state.value) ?? { feature, state: override(state, overrideSegment) };
    byValue.set(state.value, own);
    return own;
  }

  function override(state: StateInput, segment: string): FeatureState {
    return compileState(state, `TARGETING_MATCH; segment=${segment}`, environment.key);
  }
}
