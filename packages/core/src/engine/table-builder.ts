import type { EnvironmentContext } from "./context.ts";
import { compileState, type FeatureState, type StateInput } from "./feature-state.ts";
import { limitFlagChains } from "./flag-dependency.ts";
import type { Reader } from "./reader.ts";
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
export const IDENTITY_OVERRIDES = "identity_overrides";

interface OpenFeature extends CompiledFeature {
  readonly overrides: (SegmentOverride & { readonly priority: number })[];
}

/** Takes what a reader finds, in the order features, segments, identity overrides, and compiles it at once. */
export class TableBuilder {
  readonly #environment: EnvironmentContext;
  readonly #features = new Map<string, OpenFeature>();
  readonly #segments: CompiledSegment[] = [];
  readonly #identityOverrides = new Map<string, IdentityOverride | IdentityOverride[]>();
  readonly #shared = new Map<CompiledFeature, Map<FlagValue, IdentityOverride>[]>();

  constructor(environment: EnvironmentContext) {
    this.#environment = environment;
  }

  addFeature(input: StateInput): void {
    const { name, key } = input;
    this.#features.set(name, { name, key, base: this.#compile(input, DEFAULT), overrides: [] });
  }

  addSegment(segment: CompiledSegment): void {
    this.#segments.push(segment);
  }

  /** Overrides a feature in the segment added last. Features the environment lacks are passed over. */
  addOverride(input: StateInput, priority: number): void {
    const segment = this.#segments.length - 1;
    const reason = `TARGETING_MATCH; segment=${this.#segments[segment]?.entry.name}`;
    const feature = this.#features.get(input.name);
    feature?.overrides.push({ segment, priority, state: this.#compile(input, reason) });
  }

  /** The first override of a feature for an identifier is the one that counts. */
  addIdentityOverride(identifier: string, input: StateInput): void {
    const feature = this.#features.get(input.name);
    if (feature === undefined) return;
    const known = this.#identityOverrides.get(identifier);
    if (known === undefined) {
      this.#identityOverrides.set(identifier, this.#compileIdentityOverride(feature, input));
    } else if (!Array.isArray(known)) {
      if (known.feature === feature) return;
      this.#identityOverrides.set(identifier, [
        known,
        this.#compileIdentityOverride(feature, input),
      ]);
    } else if (known.every((override) => override.feature !== feature)) {
      known.push(this.#compileIdentityOverride(feature, input));
    }
  }

  forgetIdentityOverrides(): void {
    this.#identityOverrides.clear();
  }

  build(reader: Reader): Tables {
    for (const { overrides } of this.#features.values()) {
      if (overrides.length > 1) overrides.sort(byPriority);
    }
    const tables = {
      environment: this.#environment,
      features: this.#features,
      segments: this.#segments,
      identityOverrides: this.#identityOverrides,
      readsFlags: this.#segments.some(({ flags }) => flags.length > 0),
    };
    return tables.readsFlags ? limitFlagChains(tables, reader) : tables;
  }

  /** Equal states are shared: an environment can have ten thousand overrides that say the same. */
  #compileIdentityOverride(feature: CompiledFeature, input: StateInput): IdentityOverride {
    const reason = `TARGETING_MATCH; segment=${IDENTITY_OVERRIDES}`;
    if (input.variants.length > 0) return { feature, state: this.#compile(input, reason) };
    let byValue = this.#shared.get(feature);
    if (byValue === undefined) {
      byValue = [new Map(), new Map()];
      this.#shared.set(feature, byValue);
    }
    const known = byValue[Number(input.enabled)];
    const equal = known?.get(input.value);
    if (equal !== undefined) return equal;
    const override = { feature, state: this.#compile(input, reason) };
    known?.set(input.value, override);
    return override;
  }

  #compile(input: StateInput, reason: string): FeatureState {
    return compileState(input, reason, this.#environment.key);
  }
}

/** Stable, so that the segment that comes first in the input wins a tie. */
function byPriority(a: { readonly priority: number }, b: { readonly priority: number }): number {
  return a.priority < b.priority ? -1 : a.priority > b.priority ? 1 : 0;
}
