import type { EnvironmentContext } from "./context.ts";
import type { FeatureState } from "./feature-state.ts";
import type { EvaluatedSegment } from "./result.ts";
import type { CompiledRules } from "./segment.ts";

/** A feature with everything that can decide it, except identity overrides. */
export interface CompiledFeature {
  /** Hash key of the base state. */
  readonly key: string;
  readonly base: FeatureState;
  /** Best priority first. */
  readonly overrides: readonly SegmentOverride[];
}

/** What a segment makes of a feature. */
export interface SegmentOverride {
  /** Position in {@link Tables.segments}. */
  readonly segment: number;
  readonly state: FeatureState;
}

/** A segment that can be asked whether someone is in it. */
export interface CompiledSegment extends Pick<CompiledRules, "matches" | "flags"> {
  readonly entry: EvaluatedSegment;
}

/** One identity's own state of a feature. */
export interface IdentityOverride {
  readonly feature: CompiledFeature;
  readonly state: FeatureState;
}

/** An environment as evaluations look things up in it. */
export interface Tables {
  readonly environment: EnvironmentContext;
  readonly features: ReadonlyMap<string, CompiledFeature>;
  /** In the order of the input, which decides ties and the order of results. */
  readonly segments: readonly CompiledSegment[];
  /** By identifier. A list only where an identity has several, because most have one and there can be many. */
  readonly identityOverrides: ReadonlyMap<string, IdentityOverride | readonly IdentityOverride[]>;
  /** Whether some segment reads the result of a flag. */
  readonly readsFlags: boolean;
}
