/** The value of a feature or of one of its variants. */
export type FlagValue = string | number | boolean | null;

/** One evaluated flag. Evaluations share these objects: never mutate one. */
export interface EvaluatedFlag {
  readonly name: string;
  readonly enabled: boolean;
  readonly value: FlagValue;
  /** `DEFAULT`, `TARGETING_MATCH; segment=…`, `SPLIT; weight=…` or `ERROR; code=CIRCULAR_DEPENDENCY`. */
  readonly reason: string;
  /** The key of the variant, `"control"` if the identity is in no variant, `null` if the flag has no variants. */
  readonly variant: string | null;
  /** Flagsmith's id of the feature, if the input has it. */
  readonly featureId: number | undefined;
  /** The feature's metadata in an evaluation context. `undefined` if it contains at most the id. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

/** One segment that the identity belongs to. */
export interface EvaluatedSegment {
  readonly name: string;
  /** Flagsmith's id of the segment, if the input has it. */
  readonly id: number | undefined;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

/** One flag of an {@link EvaluationResult}. */
export interface FlagResult {
  name: string;
  enabled: boolean;
  value: FlagValue;
  reason: string;
  variant: string | null;
  metadata?: Readonly<Record<string, unknown>>;
}

/** One segment of an {@link EvaluationResult}. */
export interface SegmentResult {
  name: string;
  metadata?: Readonly<Record<string, unknown>>;
}

/** The result of evaluating a context, as plain JSON. */
export interface EvaluationResult {
  /** By feature name. */
  flags: Record<string, FlagResult>;
  /** The segments that matched, in the order of the context. */
  segments: SegmentResult[];
}

/** A part of the input that cannot be evaluated, such as a condition with an invalid pattern. */
export interface Problem {
  /** Complete sentences that name the part as the Flagsmith dashboard does, and state the consequence. */
  readonly message: string;
}

/** The value read from an input and its problems, or the path of the member that made the input unusable. */
export type ReadResult<T> =
  | { readonly value: T; readonly problems: readonly Problem[]; readonly refused?: never }
  | { readonly refused: string; readonly value?: never; readonly problems?: never };
