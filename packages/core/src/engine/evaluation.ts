import { listChangedFeatures } from "./changed-features.ts";
import type { LazyIdentity } from "./context.ts";
import { chooseVariant, type FeatureState } from "./feature-state.ts";
import { FlagResolver } from "./flag-dependency.ts";
import { findIdentityState, type IdentityOverrides } from "./identity-overrides.ts";
import { getOwn, isJsonObject, type JsonObject } from "./reader.ts";
import { getReason } from "./refusal.ts";
import type { EvaluatedFlag, EvaluatedSegment, Problem } from "./result.ts";
import { formatSegment } from "./segment.ts";
import type { Subject } from "./subject.ts";
import type { CompiledFeature, CompiledSegment, Tables } from "./tables.ts";
import { maxSteps } from "./work.ts";

/** The flags and segments of one identity, or of none. Each is evaluated when it is read. */
export interface Evaluation {
  /** The flag of a feature of {@link CompiledEnvironment.tables}. `null` or `undefined` if the feature is unknown. */
  resolve(feature: CompiledFeature): EvaluatedFlag | null | undefined;
  /** One flag. `undefined` if the environment has no feature of that name. */
  flag(name: string): EvaluatedFlag | undefined;
  /** All flags, in the order of the features. */
  flags(): EvaluatedFlag[];
  /** The segments that match, in their order. */
  segments(): EvaluatedSegment[];
}

/**
 * The segment verdicts of all evaluations of one environment: `evaluation * 2 + verdict` by segment.
 *
 * An entry of another evaluation counts as unknown. All evaluations share the array, so that none allocates memory for
 * its verdicts. Several evaluations can alternate.
 */
interface Verdicts {
  readonly entries: Float64Array;
  evaluations: number;
  /** Reports a segment whose conditions an evaluation could not finish. */
  readonly report: (segment: CompiledSegment, reason: string) => void;
}

/** The work of a segment with fewer steps is not counted, so that it can be evaluated any number of times. */
const maxFreeSteps = 1000;

const noOverrides: IdentityOverrides = new Map();

/** A compiled environment. It holds no reference to its input. */
export class CompiledEnvironment {
  /** Private, because assertions of Node.js print all other members of flags that differ. */
  readonly #tables: Tables;
  readonly #verdicts: Verdicts;

  /** @param onProblem - called once for each segment that is too expensive to evaluate. Must not throw. */
  constructor(tables: Tables, onProblem?: (problem: Problem) => void) {
    this.#tables = tables;
    const entries = new Float64Array(tables.segments.length);
    const reported = new Set<CompiledSegment>();
    const report = (segment: CompiledSegment, reason: string): void => {
      if (reported.size === reported.add(segment).size) return;
      const consequence = "The segment does not match such an identity.";
      onProblem?.({ message: `${formatSegment(segment.entry)}: ${reason}. ${consequence}` });
    };
    this.#verdicts = { entries, evaluations: 0, report };
  }

  /** Explanations and integrations read them. */
  get tables(): Tables {
    return this.#tables;
  }

  /**
   * Evaluates an identity. Without one, segments can match, but flags are not split.
   *
   * The identity must not change afterwards, because flags are evaluated when they are read.
   */
  evaluate(identity?: LazyIdentity | null): Evaluation {
    return new LazyEvaluation(this.#tables, this.#verdicts, identity);
  }

  /**
   * Lists the features whose flag may differ from that of an earlier version, for any identity or none.
   * `undefined` if any may differ, because the environment's key or name does.
   */
  changedFeatures(since: CompiledEnvironment): string[] | undefined {
    return listChangedFeatures(since.#tables, this.#tables);
  }

  /** Evaluates the flags as the environment sets them, without segments. */
  evaluateWithoutSegments(): Evaluation {
    // A segment that is not in the tables matches no identity.
    const tables = { ...this.#tables, segments: [], readsFlags: false };
    return new LazyEvaluation(tables, this.#verdicts);
  }
}

/** Evaluates flags and segments when they are read, and reads a trait when a condition needs it. Copies no traits. */
class LazyEvaluation implements Evaluation, Subject {
  readonly tables: Tables;
  readonly identifier: string | null;
  readonly ownKey: string | null;
  readonly #identity: LazyIdentity | null | undefined;
  readonly #verdicts: Verdicts;
  readonly #mark: number;
  /** `undefined` until the first flag needs them. */
  #overrides: IdentityOverrides | undefined;
  readonly #resolver: FlagResolver | undefined;
  steps = 0;
  /** The verdicts of expensive segments. They are not evaluated again when another evaluation replaces the entries. */
  #expensive: Map<number, boolean> | undefined;

  constructor(tables: Tables, verdicts: Verdicts, identity?: LazyIdentity | null) {
    this.tables = tables;
    this.identifier = identity?.identifier ?? null;
    this.ownKey = identity?.key || null;
    this.#identity = identity;
    this.#verdicts = verdicts;
    this.#mark = ++verdicts.evaluations * 2;
    this.#resolver = tables.readsFlags ? new FlagResolver() : undefined;
  }

  get traits(): JsonObject {
    return this.#identity?.traits ?? {};
  }

  readTrait(name: string): unknown {
    const identity = this.#identity;
    const raw = identity?.readTrait ? identity.readTrait(name) : getOwn(this.traits, name);
    return isJsonObject(raw) && Object.hasOwn(raw, "value") ? raw["value"] : raw;
  }

  flag(name: string): EvaluatedFlag | undefined {
    return this.readFlag(name) ?? undefined;
  }

  flags(): EvaluatedFlag[] {
    const flags: EvaluatedFlag[] = [];
    for (const feature of this.tables.features.values()) {
      const flag = this.resolve(feature);
      if (flag) flags.push(flag);
    }
    return flags;
  }

  readFlag(name: string): EvaluatedFlag | null | undefined {
    const feature = this.tables.features.get(name);
    return feature && this.resolve(feature);
  }

  segments(): EvaluatedSegment[] {
    return this.tables.segments.flatMap(({ entry }, index) => (this.matches(index) ? entry : []));
  }

  resolve(feature: CompiledFeature): EvaluatedFlag | null | undefined {
    if (feature.constant) return feature.constant;
    return this.#resolver
      ? this.#resolver.resolve(feature, () => this.#decide(feature))
      : this.#decide(feature);
  }

  #decide(feature: CompiledFeature): EvaluatedFlag | null {
    return chooseVariant(this.#findState(feature), this);
  }

  #findState(feature: CompiledFeature): FeatureState {
    this.#overrides ??=
      this.tables.identityOverrides.byIdentifier.get(this.identifier) ?? noOverrides;
    const own = findIdentityState(this.#overrides, feature.base.flag.name);
    if (own) return own;
    for (const { segment, state } of feature.overrides) if (this.matches(segment)) return state;
    return feature.base;
  }

  matches(index: number): boolean {
    const { entries } = this.#verdicts;
    const verdict = (entries[index] ?? 0) - this.#mark;
    if (verdict === 0 || verdict === 1) return verdict === 1;
    const segment = this.tables.segments[index];
    if (!segment) return false;
    const isMatch = this.#expensive?.get(index) ?? this.#evaluateSegment(index, segment);
    if (isMatch === undefined) return false;
    entries[index] = this.#mark + Number(isMatch);
    return isMatch;
  }

  /** Returns `undefined` for a segment that does not match because of a cycle of flags. */
  #evaluateSegment(index: number, segment: CompiledSegment): boolean | undefined {
    const before = this.steps;
    const isMatch =
      this.#resolver && segment.flags.length > 0
        ? this.#resolver.matches(index, () => this.#runRules(segment))
        : this.#runRules(segment);
    if (this.steps - before <= maxFreeSteps) {
      this.steps = before;
      return isMatch;
    }
    // The next segment can always take its free steps.
    this.steps = Math.min(this.steps, maxSteps - maxFreeSteps);
    this.#expensive ??= new Map();
    if (isMatch !== undefined) this.#expensive.set(index, isMatch);
    return isMatch;
  }

  #runRules(segment: CompiledSegment): boolean {
    try {
      return segment.matches(this) === true;
    } catch (error) {
      this.#verdicts.report(segment, getReason(error));
      // Keeps this verdict, even if the reason is not the work.
      this.steps += maxFreeSteps + 1;
      return false;
    }
  }
}
