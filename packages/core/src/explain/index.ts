/**
 * Explains evaluations: the complete trace of one flag as data, and as text.
 *
 * @module
 */
export type { EnvironmentSnapshot, Segment } from "../environment/snapshot.ts";
export type { ClientState } from "../flags/client-state.ts";
export type { Flag, FlagExperiment, FlagValue } from "../flags/flag.ts";
export type { FlagSource } from "../flags/flag-evaluation.ts";
export type { Flags } from "../flags/flags.ts";
export type { JsonValue } from "../typed/value-type.ts";
export { createSnapshot } from "./create-snapshot.ts";
export { explain } from "./explain.ts";
export type {
  ConsideredState,
  ExplainedCondition,
  ExplainedFlag,
  ExplainedRange,
  ExplainedRule,
  ExplainedSplit,
  Explanation,
  StateName,
} from "./explanation.ts";
export { formatExplanation } from "./format-explanation.ts";
