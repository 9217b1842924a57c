import type { FlagValue } from "./result.ts";

/** The value of a trait. `null` counts as missing, and removes the trait from an identity that the API stores. */
export type TraitValue = string | number | boolean | null;

/** A trait as a caller passes it: a value, or an object with a value. The API does not store a transient trait. */
export type TraitInput =
  | TraitValue
  | { readonly value: TraitValue; readonly transient?: boolean | undefined };

/** The identity that flags are evaluated for. */
export interface IdentityContext {
  readonly identifier: string;
  /** Hashed for percentage splits. Default: `<environment key>_<identifier>`. */
  readonly key?: string | null;
  /** By name. An object without a `value`, or a list, counts as missing. */
  readonly traits?: Readonly<Record<string, TraitInput>> | null;
}

/** An identity whose `traits` are expensive to read as a whole. */
export interface LazyIdentity extends IdentityContext {
  /** Returns one of the `traits`. `undefined` if it is missing. */
  readTrait?(name: string): TraitInput | undefined;
}

/** The environment that flags are evaluated in. */
export interface EnvironmentContext {
  readonly key: string;
  readonly name: string;
}

/** One variant of a multivariate feature. */
export interface VariantContext {
  readonly value: FlagValue;
  /** Share of the identities, in per cent. */
  readonly weight: number;
  /** The lowest comes first. An integer beyond 2^53 is passed as decimal text. */
  readonly priority?: number | string | null;
  readonly key?: string | null;
}

/** A feature, or a segment's override of it. */
export interface FeatureContext {
  /** Hashed for percentage splits together with the identity's key. */
  readonly key: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly value: FlagValue;
  readonly variants?: readonly VariantContext[] | null;
  /** For overrides. The lowest priority wins. An override without a priority comes last. */
  readonly priority?: number | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

/** A comparison of a trait or context value with the condition's value. */
export interface ConditionContext {
  /** The name of a trait, or a JSONPath that starts with `$.`. */
  readonly property: string;
  readonly operator: string;
  readonly value: unknown;
}

/** Conditions and rules, combined by `ALL`, `ANY` or `NONE`. */
export interface RuleContext {
  readonly type: string;
  readonly conditions?: readonly ConditionContext[] | null;
  readonly rules?: readonly RuleContext[] | null;
}

/** A segment with its overrides of features. */
export interface SegmentContext {
  readonly key: string;
  readonly name: string;
  readonly rules: readonly RuleContext[];
  readonly overrides?: readonly FeatureContext[] | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

/** The complete input of one evaluation. */
export interface EvaluationContext {
  readonly environment: EnvironmentContext;
  readonly identity?: IdentityContext | null;
  /** By feature name. */
  readonly features?: Readonly<Record<string, FeatureContext>> | null;
  /** The order of the keys decides between overrides of equal priority. */
  readonly segments?: Readonly<Record<string, SegmentContext>> | null;
}
