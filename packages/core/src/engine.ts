export { compile } from "./engine/compile.ts";
export { compileEnvironmentDocument } from "./engine/compile-environment-document.ts";
export type { CompiledEnvironment } from "./engine/compiled-environment.ts";
export type {
  ConditionContext,
  EnvironmentContext,
  EvaluationContext,
  FeatureContext,
  IdentityContext,
  RuleContext,
  SegmentContext,
  Trait,
  TraitValue,
  VariantContext,
} from "./engine/context.ts";
export type {
  DocumentCondition,
  DocumentFeatureState,
  DocumentIdentityOverride,
  DocumentRule,
  DocumentSegment,
  DocumentVariant,
  EnvironmentDocument,
} from "./engine/environment-document.ts";
export type { Evaluation } from "./engine/evaluation.ts";
export { getEvaluationResult } from "./engine/evaluation-result.ts";
export { mapEnvironmentDocument } from "./engine/map-environment-document.ts";
export type {
  EvaluatedFlag,
  EvaluatedSegment,
  EvaluationResult,
  FlagResult,
  FlagValue,
  Outcome,
  Problem,
  SegmentResult,
} from "./engine/result.ts";
