import type { EnvironmentContext } from "./context.ts";
import { compileState, type StateInput } from "./feature-state.ts";
import { findTooDeepFlags, maxFlagChainLength } from "./flag-dependency.ts";
import { type IdentityIndex, indexIdentities } from "./identity-index.ts";
import type { IdentityInput } from "./identity-overrides.ts";
import { compare } from "./order.ts";
import type { EvaluatedFlag } from "./result.ts";
import { neverMatches, reportSegment } from "./segment.ts";
import type { CompiledFeature, CompiledSegment, SegmentOverride, Tables } from "./tables.ts";

/** A segment as the readers return it. Its overrides of features that the environment lacks are ignored. */
export interface SegmentInput {
  readonly segment: CompiledSegment;
  /** The rules of an environment document. */
  readonly rules?: unknown;
  readonly overrides: readonly StateInput[];
}

/** An environment as the readers return it. */
export interface EnvironmentInput {
  readonly environment: EnvironmentContext;
  readonly features: readonly StateInput[];
  readonly segments: readonly SegmentInput[];
  /** The first of several overrides for one feature and identifier counts. */
  readonly identities: readonly IdentityInput[];
}

/** Builds the tables of an environment. They hold no reference to the input. */
export function buildTables(input: EnvironmentInput, known?: IdentityIndex): Tables {
  const { environment } = input;
  const identityOverrides = known ?? indexIdentities(input.identities, environment.key);
  const features = compileFeatures(input, identityOverrides.featureNames);
  const compiled = input.segments.map(({ segment }) => segment);
  const readsFlags = compiled.some(({ flags }) => flags.length > 0);
  const tooDeep = readsFlags ? findTooDeepFlags(features, compiled) : undefined;
  const segments = compiled.map((segment) => {
    if (!segment.flags.some((flag) => tooDeep?.has(flag))) return segment;
    reportSegment(segment.entry, `it depends on ${maxFlagChainLength} or more flags in a row`);
    return { ...segment, matches: neverMatches, flags: [] };
  });
  return { environment, features, segments, identityOverrides, readsFlags };
}

function compileFeatures(
  { environment, features: states, segments }: EnvironmentInput,
  overridden: ReadonlySet<string>,
): ReadonlyMap<string, CompiledFeature> {
  const environmentKey = environment.key;
  const features = new Map<
    string,
    CompiledFeature & { constant: EvaluatedFlag | undefined; overrides: SegmentOverride[] }
  >();
  for (const state of states) {
    const base = compileState(state, "DEFAULT", environmentKey);
    features.set(state.name, { key: state.key, base, overrides: [], constant: undefined });
  }
  segments.forEach(({ segment: { entry }, overrides }, segment) => {
    for (const state of overrides) {
      features.get(state.name)?.overrides.push({
        segment,
        priority: state.priority,
        state: compileState(state, `TARGETING_MATCH; segment=${entry.name}`, environmentKey),
      });
    }
  });
  for (const feature of features.values()) {
    const { base, overrides } = feature;
    const isDependent = base.split || base.isMalformed || overridden.has(base.flag.name);
    if (!isDependent && overrides.length === 0) feature.constant = base.flag;
    // The sort is stable, so the first of several segments with equal priorities wins.
    if (overrides.length > 1) overrides.sort((a, b) => compare(a.priority, b.priority));
  }
  return features;
}
