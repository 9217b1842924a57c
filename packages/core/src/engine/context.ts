import type { FlagValue } from "./result.ts";

/** A trait's value; an object or a list counts as absent. */
export type TraitValue = string | number | boolean | null;

/** A trait as a caller may pass it: its value, or its value with a mark that it is not to be stored. */
export type Trait = TraitValue | { readonly value: TraitValue; readonly transient?: boolean };

/** Who asks. */
export interface IdentityContext {
  readonly identifier: string;
  /** What splits hash; `<environment key>_<identifier>` where it is missing or empty. */
  readonly key?: string | null;
  readonly traits?: Readonly<Record<string, Trait>> | null;
}

/** The environment the question is about. */
export interface EnvironmentContext {
  readonly key: string;
  readonly name: string;
}

/** One way a multivariate feature can be served. */
export interface VariantContext {
  readonly value: FlagValue;
  /** Share of the identities, in per cent. */
  readonly weight: number;
  /** Lower comes first. A whole number beyond 2^53 is given as decimal text. */
  readonly priority?: number | string | null;
  readonly key?: string | null;
}

/** A feature, or what a segment makes of it. */
export interface FeatureContext {
  /** What splits hash, together with the identity's key. */
  readonly key: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly value: FlagValue;
  readonly variants?: readonly VariantContext[] | null;
  /** Of an override: lower wins, missing loses. */
  readonly priority?: number | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

/** A comparison of one trait or context value with one text. */
export interface ConditionContext {
  /** A trait's name, or a JSONPath that starts with `$.`. */
  readonly property: string;
  readonly operator: string;
  readonly value: unknown;
}

/** Conditions and rules folded by `ALL`, `ANY` or `NONE`. */
export interface RuleContext {
  readonly type: string;
  readonly conditions?: readonly ConditionContext[] | null;
  readonly rules?: readonly RuleContext[] | null;
}

/** A named set of identities, and the features it overrides. */
export interface SegmentContext {
  readonly key: string;
  readonly name: string;
  readonly rules: readonly RuleContext[];
  readonly overrides?: readonly FeatureContext[] | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

/** Everything one evaluation needs. */
export interface EvaluationContext {
  readonly environment: EnvironmentContext;
  readonly identity?: IdentityContext | null;
  /** By feature name. */
  readonly features?: Readonly<Record<string, FeatureContext>> | null;
  /** In order of the record's keys, which decides ties. */
  readonly segments?: Readonly<Record<string, SegmentContext>> | null;
}
