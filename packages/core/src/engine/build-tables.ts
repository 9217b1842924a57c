import type { EnvironmentContext } from "./context.ts";
import {
  compileState,
  type FeatureState,
  readStatePart,
  type StateInput,
} from "./feature-state.ts";
import { findTooDeepFlags, maxFlagChainLength } from "./flag-dependency.ts";
import { type IdentityInput, overrideSegment } from "./identity-overrides.ts";
import { compare } from "./order.ts";
import { isJsonObject, type JsonObject, readPart, readParts, report } from "./reader.ts";
import { quote } from "./refusal.ts";
import type { EvaluatedSegment, FlagValue } from "./result.ts";
import { formatSegment, neverMatches, reportSegment } from "./segment.ts";
import type {
  CompiledFeature,
  CompiledSegment,
  IdentityOverrides,
  SegmentOverride,
  Tables,
} from "./tables.ts";

/** A segment as the readers return it. Its overrides of features that the environment lacks are ignored. */
export interface SegmentInput extends CompiledSegment {
  readonly overrides: readonly StateInput[];
  /** Whether a problem with its rules makes it never match. */
  readonly isMalformed: boolean;
}

/** Reads the overrides of a segment. */
export function readOverrides(
  segment: JsonObject,
  member: string,
  {
    entry,
    read,
  }: {
    readonly entry: EvaluatedSegment;
    readonly read: (state: JsonObject) => StateInput;
  },
): readonly StateInput[] {
  const name = formatSegment(entry);
  const describe = (feature: string) =>
    [
      `${name}: the override of feature ${feature}`,
      "The feature counts as unknown in this segment.",
    ] as const;
  return readPart(
    segment,
    () => readParts(segment, member, (state) => readStatePart(state, read, describe)),
    () => {
      report(`${name}: ${quote(member)} is malformed. The segment overrides no feature.`);
      return [];
    },
  );
}

/** Reports a segment that cannot be read. It is left out. */
export function reportMalformedSegment(part: unknown, path: string): undefined {
  const { name, id }: JsonObject = isJsonObject(part) ? part : {};
  const entry = {
    name: typeof name === "string" ? name : "",
    id: typeof id === "number" ? id : undefined,
    metadata: undefined,
  };
  reportSegment(entry, path === "" ? "it is not an object" : `"${path}" is malformed`);
}

/** An environment as the readers return it. */
export interface EnvironmentInput {
  readonly environment: EnvironmentContext;
  readonly features: readonly StateInput[];
  readonly segments: readonly SegmentInput[];
  /** The first of several overrides for one feature and identifier counts. */
  readonly identities: readonly IdentityInput[];
}

/** Builds the tables of an environment. They hold no reference to the input, except for the rules of segments. */
export function buildTables(input: EnvironmentInput): Tables {
  const { environment } = input;
  const features = compileFeatures(input.features, input.segments, environment.key);
  const identityOverrides = indexIdentities(input.identities, features, environment.key);
  const readsFlags = input.segments.some(({ flags }) => flags.length > 0);
  const tooDeep = readsFlags ? findTooDeepFlags(features, input.segments) : undefined;
  const segments = input.segments.map(({ entry, key, matches, flags, rules }) => {
    if (!tooDeep || !flags.some((flag) => tooDeep.has(flag)))
      return { entry, key, matches, flags, rules };
    reportSegment(entry, `it depends on more than ${maxFlagChainLength} flags in a row`);
    return { entry, key, matches: neverMatches, flags: [], rules };
  });
  return { environment, features, segments, identityOverrides, readsFlags };
}

function compileFeatures(
  states: readonly StateInput[],
  segments: readonly SegmentInput[],
  environmentKey: string,
): ReadonlyMap<string, CompiledFeature> {
  const features = new Map<string, CompiledFeature & { overrides: SegmentOverride[] }>();
  for (const state of states) {
    const base = compileState(state, "DEFAULT", environmentKey);
    features.set(state.name, { key: state.key, base, overrides: [] });
  }
  segments.forEach(({ entry, overrides }, segment) => {
    for (const state of overrides) {
      features.get(state.name)?.overrides.push({
        segment,
        priority: state.priority,
        state: compileOverride(state, entry.name, environmentKey),
      });
    }
  });
  for (const { overrides } of features.values()) {
    // The sort is stable, so the first of several segments with equal priorities wins.
    if (overrides.length > 1) overrides.sort((a, b) => compare(a.priority, b.priority));
  }
  return features;
}

function indexIdentities(
  identities: readonly IdentityInput[],
  features: ReadonlyMap<string, CompiledFeature>,
  environmentKey: string,
): Tables["identityOverrides"] {
  const index = new Map<string, IdentityOverrides>();
  /** The maps of identities with several overrides. They are not shared, so that overrides can be added. */
  const owned = new Map<string, Map<CompiledFeature, FeatureState>>();
  /** One map per feature, state and value, because an environment can have ten thousand equal overrides. */
  const shared = new Map<CompiledFeature, readonly Map<FlagValue, IdentityOverrides>[]>();
  for (const { identifier, states } of identities) {
    for (const state of states) {
      const feature = features.get(state.name);
      const known = index.get(identifier);
      if (feature === undefined || known?.has(feature)) continue;
      if (known === undefined) index.set(identifier, compileOverrides(feature, state));
      else {
        const own = owned.get(identifier) ?? new Map(known);
        owned.set(identifier, own.set(feature, compileOwn(state)));
        index.set(identifier, own);
      }
    }
  }
  return index;

  function compileOverrides(feature: CompiledFeature, state: StateInput): IdentityOverrides {
    if (state.variants.length > 0 || state.isMalformed) {
      return new Map([[feature, compileOwn(state)]]);
    }
    const maps = shared.get(feature) ?? [new Map(), new Map()];
    shared.set(feature, maps);
    const byValue = maps[Number(state.enabled)] as Map<FlagValue, IdentityOverrides>;
    let map = byValue.get(state.value);
    if (map === undefined) {
      map = new Map([[feature, compileOwn(state)]]);
      byValue.set(state.value, map);
    }
    return map;
  }

  function compileOwn(state: StateInput): FeatureState {
    return compileOverride(state, overrideSegment, environmentKey);
  }
}

function compileOverride(
  state: StateInput,
  segmentName: string,
  environmentKey: string,
): FeatureState {
  return compileState(state, `TARGETING_MATCH; segment=${segmentName}`, environmentKey);
}
