// What is asked in the benchmark, in nobody's format: each contender writes its own configuration from it.

export type Size = "S" | "M" | "L";

/**
 * `toggle`: its answer is whether it is enabled. `text`: always enabled, its answer is its value.
 * `multivariate`: always enabled, its answer is a variant's value or its own.
 */
export type FlagKind = "toggle" | "text" | "multivariate";

export interface Variant {
  readonly id: number;
  readonly uuid: string;
  readonly optionId: number;
  readonly value: string;
  /** Percent of the identities. */
  readonly weight: number;
}

export interface FlagState {
  readonly id: number;
  readonly uuid: string;
  readonly enabled: boolean;
  readonly value: string | null;
  readonly variants: readonly Variant[];
}

export interface WorkloadFlag {
  readonly id: number;
  readonly name: string;
  readonly kind: FlagKind;
  readonly state: FlagState;
  /** Lowest priority first: the first that applies wins. */
  readonly segmentOverrides: readonly SegmentOverride[];
  /** They win over all segments. */
  readonly identityOverrides: readonly IdentityOverride[];
  /** The answer hangs on a hash, so only clients of Flagsmith can agree on it. */
  readonly hasPercentageRule: boolean;
}

export interface SegmentOverride {
  readonly segment: WorkloadSegment;
  readonly priority: number;
  readonly state: FlagState;
}

export interface IdentityOverride {
  readonly identifier: string;
  readonly state: FlagState;
}

/** Every condition must hold. */
export interface WorkloadSegment {
  readonly id: number;
  readonly name: string;
  readonly conditions: readonly Condition[];
  /** Percent of the identities that meet the conditions; `undefined`: all of them. */
  readonly split: number | undefined;
}

export type Condition =
  | {
      readonly operator: "EQUAL" | "NOT_EQUAL" | "CONTAINS";
      readonly trait: string;
      readonly value: string;
    }
  | { readonly operator: "IS_TRUE"; readonly trait: string }
  | { readonly operator: "IN"; readonly trait: string; readonly values: readonly string[] }
  | {
      readonly operator: "AT_LEAST" | "LESS_THAN";
      readonly trait: string;
      readonly value: number;
    }
  | { readonly operator: "VERSION_AT_LEAST"; readonly trait: string; readonly value: string };

export interface Identity {
  readonly identifier: string;
  readonly traits: Readonly<Record<string, string | number | boolean>>;
}

export interface Workload {
  readonly size: Size;
  readonly flags: readonly WorkloadFlag[];
  readonly segments: readonly WorkloadSegment[];
  readonly identities: readonly Identity[];
}

/** What a contender answers: whether a toggle is enabled, or the value of another flag. */
export type Answer = boolean | string | null;
