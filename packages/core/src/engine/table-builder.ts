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

/** The reason of a feature that nothing overrides. */
const DEFAULT = "DEFAULT";

/** Told apart from every segment: nobody is listed in it. */
const IDENTITY_OVERRIDES = "identity_overrides";

const NO_OVERRIDES: readonly IdentityOverride[] = [];

interface OpenFeature extends CompiledFeature {
  readonly overrides: (SegmentOverride & { readonly priority: number })[];
}

/** Takes what a reader finds, in the order features, segments, identity overrides, and compiles it at once. */
export class TableBuilder {
  readonly #environment: EnvironmentContext;
  readonly #features = new Map<string, OpenFeature>();
  readonly #segments: CompiledSegment[] = [];
  readonly #places: Place[] = [];
  readonly #identityOverrides = new Map<string, IdentityOverride | IdentityOverride[]>();
  readonly #shared = new Map<CompiledFeature, Map<FlagValue, IdentityOverride>[]>();

  constructor(environment: EnvironmentContext) {
    this.#environment = environment;
  }

  addFeature(input: StateInput): void {
    const { name, key } = input;
    this.#features.set(name, { key, base: this.#compile(input, DEFAULT), overrides: [] });
  }

  addSegment(segment: CompiledSegment, place: Place): void {
    this.#segments.push(segment);
    this.#places.push(place);
  }

  /** Overrides a feature in the segment added last. Features the environment lacks are passed over. */
  addOverride(input: StateInput, priority: number): void {
    const segment = this.#segments.length - 1;
    const state = this.#compile(input, targeting(this.#segments[segment]?.entry.name));
    this.#features.get(input.name)?.overrides.push({ segment, priority, state });
  }

  /** The first override of a feature for an identifier is the one that counts. */
  addIdentityOverride(identifier: string, input: StateInput): void {
    const feature = this.#features.get(input.name);
    if (feature === undefined) return;
    const known = this.#identityOverrides.get(identifier);
    const others = known === undefined ? NO_OVERRIDES : [known].flat();
    if (others.some((other) => other.feature === feature)) return;
    const override = this.#compileIdentityOverride(feature, input);
    this.#identityOverrides.set(identifier, known === undefined ? override : [...others, override]);
  }

  forgetIdentityOverrides(): void {
    this.#identityOverrides.clear();
  }

  build(): Tables {
    for (const { overrides } of this.#features.values()) {
      // Stable, so that the segment that comes first in the input wins a tie.
      if (overrides.length > 1) overrides.sort((a, b) => compare(a.priority, b.priority));
    }
    const tables = {
      environment: this.#environment,
      features: this.#features,
      segments: this.#segments,
      identityOverrides: this.#identityOverrides,
      readsFlags: this.#segments.some(({ flags }) => flags.length > 0),
    };
    return tables.readsFlags ? limitFlagChains(tables, this.#places) : tables;
  }

  /** Equal states are shared: an environment can have ten thousand overrides that say the same. */
  #compileIdentityOverride(feature: CompiledFeature, input: StateInput): IdentityOverride {
    let shared = this.#shared.get(feature);
    if (shared === undefined) {
      shared = [new Map(), new Map()];
      this.#shared.set(feature, shared);
    }
    const byValue = shared[Number(input.enabled)];
    const equal = input.variants.length > 0 ? undefined : byValue?.get(input.value);
    if (equal !== undefined) return equal;
    const override = { feature, state: this.#compile(input, targeting(IDENTITY_OVERRIDES)) };
    if (input.variants.length === 0) byValue?.set(input.value, override);
    return override;
  }

  #compile(input: StateInput, reason: string): FeatureState {
    return compileState(input, reason, this.#environment.key);
  }
}

function targeting(segment: string | undefined): string {
  return `TARGETING_MATCH; segment=${segment}`;
}
