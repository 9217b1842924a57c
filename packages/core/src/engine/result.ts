/** A value a feature or one of its variants can have. */
export type FlagValue = string | number | boolean | null;

/** One flag as decided for one question. Objects are shared between answers: never mutate one. */
export interface EvaluatedFlag {
  readonly name: string;
  readonly enabled: boolean;
  readonly value: FlagValue;
  /** `DEFAULT`, `TARGETING_MATCH; segment=…`, `SPLIT; weight=…` or `ERROR; code=CIRCULAR_DEPENDENCY`. */
  readonly reason: string;
  /** Key of the variant that was hit, `"control"` when none was, `null` where nothing is split. */
  readonly variant: string | null;
  /** Flagsmith's id of the feature, where the input carries it. */
  readonly featureId: number | undefined;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

/** One segment that the question's identity is in. */
export interface EvaluatedSegment {
  readonly name: string;
  /** Flagsmith's id of the segment, where the input carries it. */
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

/** What an evaluation context comes to: plain JSON. */
export interface EvaluationResult {
  /** By feature name. */
  flags: Record<string, FlagResult>;
  /** The segments that matched, in the order of the context. */
  segments: SegmentResult[];
}

/** Something in the input that cannot be evaluated and therefore never matches. */
export interface Problem {
  /** Where it stands, like `project.segments[3].rules[0].conditions[1].value`. */
  readonly path: string;
  readonly message: string;
}

/** What reading an input gave: a value with its problems, or the path of the member that has the wrong shape. */
export type Outcome<T> =
  | { readonly value: T; readonly problems: readonly Problem[]; readonly refused?: never }
  | { readonly refused: string; readonly value?: never; readonly problems?: never };
