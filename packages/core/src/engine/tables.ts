import type { EnvironmentContext } from "./context.ts";
import type { FeatureState } from "./feature-state.ts";
import type { IdentityIndex } from "./identity-index.ts";
import type { EvaluatedFlag, EvaluatedSegment, Problem } from "./result.ts";
import type { Predicate } from "./subject.ts";

/** A feature with its states, except for identity overrides. */
export interface CompiledFeature {
  /** Hash key of the environment's state. */
  readonly key: string;
  /** The environment's state. */
  readonly base: FeatureState;
  /** The segments' states, by precedence. */
  readonly overrides: readonly SegmentOverride[];
  /** The flag of every identity. `undefined` if it depends on the identity, or if the feature is unknown. */
  readonly constant: EvaluatedFlag | undefined;
}

/** The state of a feature for a segment. */
export interface SegmentOverride {
  /** The index of the segment in {@link Tables.segments}. */
  readonly segment: number;
  readonly priority: number;
  readonly state: FeatureState;
}

/** A segment without its overrides. */
export interface CompiledSegment {
  readonly entry: EvaluatedSegment;
  /** Hashed for percentage splits. */
  readonly key: string;
  readonly matches: Predicate;
  /** Whether a problem with its rules makes it never match. */
  readonly isMalformed: boolean;
  /** The names of the flags whose results its conditions read. */
  readonly flags: readonly string[];
  /**
   * The JSON text of the rules, to compare two versions of the segment and to explain evaluations. The rules themselves
   * if JSON cannot contain them.
   */
  readonly rules: unknown;
}

/** Identity overrides that are compiled before their environment. */
export interface CompiledOverrides {
  readonly index: IdentityIndex;
  readonly problems: readonly Problem[];
}

/** A compiled environment: the look-up tables of its evaluations. */
export interface Tables {
  readonly environment: EnvironmentContext;
  readonly features: ReadonlyMap<string, CompiledFeature>;
  /** In the order of the input, which decides between equal priorities and sorts results. */
  readonly segments: readonly CompiledSegment[];
  readonly identityOverrides: IdentityIndex;
  /** Whether the conditions of a segment read the result of a flag. */
  readonly readsFlags: boolean;
}
