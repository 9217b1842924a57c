import type { IdentityContext } from "./context.ts";
import { chooseVariant, type FeatureState } from "./feature-state.ts";
import { createFlagResolver, type FlagResolver } from "./flag-dependency.ts";
import type { Json } from "./reader.ts";
import type { EvaluatedFlag, EvaluatedSegment } from "./result.ts";
import type { Subject } from "./subject.ts";
import type { CompiledFeature, IdentityOverride, Tables } from "./tables.ts";

/** The answers for one identity, or for nobody. Each is worked out when it is asked for. */
export interface Evaluation {
  /** One flag; `undefined` where the environment has no feature of that name. */
  flag(name: string): EvaluatedFlag | undefined;
  /** All flags, in the order of the features. */
  flags(): EvaluatedFlag[];
  /** The segments that match, in their order. */
  segments(): EvaluatedSegment[];
}

/**
 * Segment verdicts of all evaluations of one environment: `evaluation * 2 + verdict` by segment.
 *
 * An entry of another evaluation just counts as unknown, so nothing is allocated per identity and evaluations
 * may take turns.
 */
export interface Verdicts {
  readonly entries: Float64Array;
  evaluations: number;
}

const noTraits: Json = {};
const noOverrides: readonly IdentityOverride[] = [];

/** An evaluation with its segments. Traits are read when a condition asks, not copied. */
export class SegmentedEvaluation implements Evaluation, Subject {
  readonly tables: Tables;
  readonly identifier: string | null;
  readonly ownKey: string | null;
  readonly traits: Json;
  readonly #verdicts: Verdicts;
  readonly #mark: number;
  readonly #overrides: readonly IdentityOverride[];
  readonly #resolver: FlagResolver | undefined;

  constructor(tables: Tables, verdicts: Verdicts, identity?: IdentityContext | null) {
    this.tables = tables;
    this.identifier = identity?.identifier ?? null;
    this.ownKey = identity?.key || null;
    this.traits = identity?.traits ?? noTraits;
    this.#verdicts = verdicts;
    this.#mark = ++verdicts.evaluations * 2;
    const overrides = this.identifier !== null && tables.identityOverrides.get(this.identifier);
    if (!overrides) this.#overrides = noOverrides;
    else this.#overrides = "feature" in overrides ? [overrides] : overrides;
    this.#resolver = tables.readsFlags ? createFlagResolver() : undefined;
  }

  flag(name: string): EvaluatedFlag | undefined {
    const feature = this.tables.features.get(name);
    return feature && this.#resolve(feature);
  }

  flags(): EvaluatedFlag[] {
    const { features } = this.tables;
    return Array.from(features.values(), (feature) => this.#resolve(feature) ?? feature.base.flag);
  }

  segments(): EvaluatedSegment[] {
    const { segments } = this.tables;
    return segments.filter((_, index) => this.#matches(index)).map(({ entry }) => entry);
  }

  #resolve(feature: CompiledFeature): EvaluatedFlag | undefined {
    return this.#resolver === undefined
      ? this.#decide(feature)
      : this.#resolver.resolve(feature, () => this.#decide(feature));
  }

  #decide(feature: CompiledFeature): EvaluatedFlag {
    return chooseVariant(this.#stateOf(feature), this);
  }

  #stateOf(feature: CompiledFeature): FeatureState {
    for (const own of this.#overrides) if (own.feature === feature) return own.state;
    for (const { segment, state } of feature.overrides) if (this.#matches(segment)) return state;
    return feature.base;
  }

  #matches(index: number): boolean {
    const { entries } = this.#verdicts;
    const verdict = (entries[index] ?? 0) - this.#mark;
    if (verdict === 0 || verdict === 1) return verdict === 1;
    const segment = this.tables.segments[index];
    if (segment === undefined) return false;
    if (this.#resolver !== undefined && segment.flags.length > 0) {
      return this.#resolver.matches(index, () => segment.matches(this));
    }
    const holds = segment.matches(this);
    entries[index] = this.#mark + Number(holds);
    return holds;
  }
}
