import type { FlagValue } from "../engine/index.ts";
import type { FlagSource } from "../flags/flag-evaluation.ts";
import type { TraitValue } from "../identity/traits.ts";

/** The trace of the evaluation of one flag. Plain data: it can be stored, sent and compared as JSON. */
export interface Explanation {
  readonly featureName: string;
  /** The result. `null` if the feature is unknown: the application then gets its default flag. */
  readonly flag: ExplainedFlag | null;
  /** `null` for the flags of the environment, which ignore segments and variants. */
  readonly identity: {
    readonly identifier: string;
    /** The traits that were used, by name. */
    readonly traits: Readonly<Record<string, TraitValue>>;
  } | null;
  /** The candidate that decided the flag. `null` if the environment has no feature of this name. */
  readonly winner: StateName | null;
  /**
   * Everything that can decide the flag, in the order in which it is considered: the identity's override, the overrides
   * of segments by priority, the environment's default. The first one that applies wins. Empty for a feature that the
   * environment does not have.
   */
  readonly considered: readonly ConsideredState[];
  /** Whether flags whose segments depend on each other decide this one. Its reason is then an error. */
  readonly isCircular: boolean;
  /** Problems of the document and of the traits that can affect this flag. Complete sentences. */
  readonly problems: readonly string[];
  readonly environmentName: string;
  /** When Flagsmith last changed the environment document, in ISO 8601. `null` if the document has no date. */
  readonly documentUpdatedAt: string | null;
  /** Where the document comes from. */
  readonly source: FlagSource;
}

/** The members of a flag that an evaluation decides. */
export interface ExplainedFlag {
  readonly enabled: boolean;
  readonly value: FlagValue;
  /** The key of the variant. `null` without variants, or if the variant has no key. */
  readonly variant: string | null;
  /** The same text as in `flags.getFlag(featureName).reason`. */
  readonly reason: string;
}

/** The name of one state of a feature. */
export interface StateName {
  readonly kind: "identity-override" | "segment" | "environment";
  /** The segment that overrides the feature. `null` for the other kinds. */
  readonly segment: { readonly name: string; readonly id: number | null } | null;
}

/** One state that a feature can have: an override or the environment's default. */
export interface ConsideredState extends StateName {
  /**
   * - `won`: decides the flag.
   * - `outranked`: applies too, but an earlier one wins.
   * - `not-matched`: the identity is not in the segment.
   * - `missing`: the identity has no override of this feature.
   * - `ignored`: segments do not count for the flags of the environment.
   */
  readonly outcome: "won" | "outranked" | "not-matched" | "missing" | "ignored";
  /** The priority of a segment's override. The lowest number wins. `null` if it has none, which comes last. */
  readonly priority: number | null;
  /** The flag if this state wins. `null` if there is no such state, or if it is malformed. */
  readonly flag: ExplainedFlag | null;
  /** The position of the identity among the variants. `null` without variants or without an identity. */
  readonly split: ExplainedSplit | null;
  /** The rules of the segment, all of which must match. Empty if they were not evaluated. */
  readonly rules: readonly ExplainedRule[];
  /** Why the segment cannot match, whatever the results of its rules. `null` if they decide. */
  readonly refusal: string | null;
}

/** The variants of a feature on a line from 0 to 100. */
export interface ExplainedSplit {
  /** The position of the identity: a hash of the feature and the identity, always the same for both. */
  readonly percentage: number;
  /** The variants in their order. The last one is the control value, for the rest of the line. */
  readonly ranges: readonly ExplainedRange[];
}

/** The part of the line that belongs to a variant. */
export interface ExplainedRange {
  /** The key of the variant: `control` for the control value. `null` if the variant has none. */
  readonly variant: string | null;
  readonly value: FlagValue;
  /** In per cent. */
  readonly weight: number;
  /** Where the range starts. Included. */
  readonly start: number;
  /** Where the range ends. Excluded. */
  readonly end: number;
  readonly isControl: boolean;
  /** Whether the identity is in this range. */
  readonly isChosen: boolean;
}

/** A rule: conditions and nested rules, combined by its type. */
export interface ExplainedRule {
  readonly type: "ALL" | "ANY" | "NONE";
  /** `null` if invalid conditions leave it undecided. The segment then does not match. */
  readonly isMatch: boolean | null;
  readonly conditions: readonly ExplainedCondition[];
  readonly rules: readonly ExplainedRule[];
}

/** A comparison of one value with the operand of the condition. */
export interface ExplainedCondition {
  /** The name of a trait, or a JSONPath that starts with `$.`. Empty for a split by identity. */
  readonly property: string;
  readonly operator: string;
  /** The value of the condition in the document. */
  readonly operand: unknown;
  /** Where the compared value comes from. `context`: the identifier, the environment or another flag. */
  readonly source: "trait" | "context" | "identity";
  /** The compared value, as it was passed. `null` if it is missing. */
  readonly actual: TraitValue;
  /**
   * The type that Flagsmith gives the value. A text that looks like a number counts as one. Most operators depend on the
   * type: only texts contain others, for example.
   */
  readonly actualType: "text" | "integer" | "float" | "boolean" | "missing";
  /** The position of the identity, or of the compared value, from 0 to 100. `null` for other operators. */
  readonly percentage: number | null;
  /** `null` if the condition is invalid or could not be evaluated. */
  readonly isMatch: boolean | null;
  /** Why the types of the two values lead to this result. `null` if they are comparable. */
  readonly note: string | null;
  /** Why the condition cannot be evaluated. `null` if it can. */
  readonly problem: string | null;
}
