import type { EnvironmentContext, IdentityContext } from "./context.ts";
import type { FeatureState } from "./feature-state.ts";
import { FlagResolver } from "./flag-dependency.ts";
import type { Json } from "./reader.ts";
import type { EvaluatedFlag, EvaluatedSegment } from "./result.ts";
import type { Subject } from "./subject.ts";
import {
  type CompiledFeature,
  featuresAsContext,
  type IdentityOverride,
  type Tables,
} from "./tables.ts";

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

const NO_TRAITS: Json = Object.freeze({});
const NO_OVERRIDES: readonly IdentityOverride[] = [];

/** An evaluation with its segments. Traits are read when a condition asks, not copied. */
export class SegmentedEvaluation implements Evaluation, Subject {
  readonly environment: EnvironmentContext;
  readonly identifier: string | null;
  readonly ownKey: string | null;
  readonly traits: Json;
  readonly #tables: Tables;
  readonly #verdicts: Verdicts;
  readonly #mark: number;
  readonly #overrides: IdentityOverride | readonly IdentityOverride[];
  readonly #resolver: FlagResolver | undefined;

  constructor(tables: Tables, verdicts: Verdicts, identity: IdentityContext | null) {
    this.environment = tables.environment;
    this.identifier = identity === null ? null : identity.identifier;
    this.ownKey = identity?.key || null;
    this.traits = identity?.traits ?? NO_TRAITS;
    this.#tables = tables;
    this.#verdicts = verdicts;
    this.#mark = ++verdicts.evaluations * 2;
    this.#overrides =
      (this.identifier !== null && tables.identityOverrides.get(this.identifier)) || NO_OVERRIDES;
    this.#resolver = tables.readsFlags ? new FlagResolver() : undefined;
  }

  flag(name: string): EvaluatedFlag | undefined {
    const feature = this.#tables.features.get(name);
    return feature && this.#answer(feature);
  }

  flags(): EvaluatedFlag[] {
    return Array.from(this.#tables.features.values(), (feature) => this.#answer(feature));
  }

  segments(): EvaluatedSegment[] {
    const matching: EvaluatedSegment[] = [];
    for (const [index, { entry }] of this.#tables.segments.entries()) {
      if (this.#matches(index)) matching.push(entry);
    }
    return matching;
  }

  features(): Json {
    return featuresAsContext(this.#tables);
  }

  readFlag(name: string): EvaluatedFlag | null {
    const feature = this.#tables.features.get(name);
    return feature === undefined ? null : this.#resolve(feature);
  }

  #answer(feature: CompiledFeature): EvaluatedFlag {
    return this.#resolve(feature) ?? this.#decide(feature);
  }

  #resolve(feature: CompiledFeature): EvaluatedFlag | null {
    return this.#resolver?.resolve(feature, () => this.#decide(feature)) ?? null;
  }

  #decide(feature: CompiledFeature): EvaluatedFlag {
    const { flag, split } = this.#stateOf(feature);
    return split === undefined || this.identifier === null ? flag : split(this);
  }

  #stateOf(feature: CompiledFeature): FeatureState {
    const own = this.#overrideOf(feature);
    if (own !== undefined) return own.state;
    for (const { segment, state } of feature.overrides) if (this.#matches(segment)) return state;
    return feature.base;
  }

  #overrideOf(feature: CompiledFeature): IdentityOverride | undefined {
    const overrides = this.#overrides;
    if (!("feature" in overrides)) return overrides.find((own) => own.feature === feature);
    return overrides.feature === feature ? overrides : undefined;
  }

  #matches(index: number): boolean {
    const { entries } = this.#verdicts;
    const verdict = (entries[index] ?? 0) - this.#mark;
    if (verdict === 0 || verdict === 1) return verdict === 1;
    if (this.#resolver !== undefined && this.#tables.segments[index]?.flags.length !== 0) {
      return this.#resolver.matches(index, () => this.#runRules(index));
    }
    const holds = this.#runRules(index);
    entries[index] = this.#mark + Number(holds);
    return holds;
  }

  #runRules(index: number): boolean {
    return this.#tables.segments[index]?.matches(this) === true;
  }
}
