import type { EnvironmentContext } from "./context.ts";
import { compileState, type FeatureState, type StateInput } from "./feature-state.ts";
import { limitFlagChains } from "./flag-dependency.ts";
import { compare } from "./order.ts";
import type { Place } from "./reader.ts";
import type { FlagValue } from "./result.ts";
import type {
  CompiledFeature,
  CompiledSegment,
  IdentityOverride,
  SegmentOverride,
  Tables,
} from "./tables.ts";

/** Told apart from every segment: nobody is listed in it. */
const IDENTITY_OVERRIDES = "identity_overrides";

/** What is left of a feature to be found. */
interface OpenFeature extends CompiledFeature {
  readonly overrides: (SegmentOverride & { readonly priority: number })[];
}

/** Takes what a reader finds, in the order features, segments, identity overrides, and compiles it at once. */
export interface TableBuilder {
  addFeature(input: StateInput): void;
  addSegment(segment: CompiledSegment, place: Place): void;
  /** Overrides a feature in the segment added last. Features the environment lacks are passed over. */
  addOverride(input: StateInput, priority: number): void;
  /** The first override of a feature for an identifier is the one that counts. */
  addIdentityOverride(identifier: string, input: StateInput): void;
  forgetIdentityOverrides(): void;
  build(): Tables;
}

/** Begins the tables of an environment. */
export function createTableBuilder(environment: EnvironmentContext): TableBuilder {
  const features = new Map<string, OpenFeature>();
  const segments: CompiledSegment[] = [];
  const places: Place[] = [];
  const identityOverrides = new Map<string, IdentityOverride | IdentityOverride[]>();
  const shared = new Map<CompiledFeature, Map<FlagValue, IdentityOverride>[]>();

  return {
    addFeature(input) {
      const { name, key } = input;
      features.set(name, { key, base: compileFor("DEFAULT", input), overrides: [] });
    },
    addSegment(segment, place) {
      segments.push(segment);
      places.push(place);
    },
    addOverride(input, priority) {
      const segment = segments.length - 1;
      const state = compileFor(targeting(segments[segment]?.entry.name), input);
      features.get(input.name)?.overrides.push({ segment, priority, state });
    },
    addIdentityOverride(identifier, input) {
      const feature = features.get(input.name);
      if (feature === undefined) return;
      const known = identityOverrides.get(identifier);
      if (known === undefined) {
        identityOverrides.set(identifier, shareOverride(feature, input));
        return;
      }
      const others = [known].flat();
      if (others.some((other) => other.feature === feature)) return;
      identityOverrides.set(identifier, [...others, shareOverride(feature, input)]);
    },
    forgetIdentityOverrides: () => identityOverrides.clear(),
    build() {
      for (const { overrides } of features.values()) {
        // Stable, so that the segment that comes first in the input wins a tie.
        if (overrides.length > 1) overrides.sort((a, b) => compare(a.priority, b.priority));
      }
      const readsFlags = segments.some(({ flags }) => flags.length > 0);
      const tables = { environment, features, segments, identityOverrides, readsFlags };
      return readsFlags ? limitFlagChains(tables, places) : tables;
    },
  };

  /** Equal states are shared: an environment can have ten thousand overrides that say the same. */
  function shareOverride(feature: CompiledFeature, input: StateInput): IdentityOverride {
    const byState = shared.get(feature) ?? [new Map(), new Map()];
    shared.set(feature, byState);
    const byValue = (input.variants.length === 0 && byState[Number(input.enabled)]) || new Map();
    const override = byValue.get(input.value) ?? {
      feature,
      state: compileFor(targeting(IDENTITY_OVERRIDES), input),
    };
    byValue.set(input.value, override);
    return override;
  }

  function compileFor(reason: string, input: StateInput): FeatureState {
    return compileState(input, reason, environment.key);
  }
}

function targeting(segment: string | undefined): string {
  return `TARGETING_MATCH; segment=${segment}`;
}
