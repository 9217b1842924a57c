export { compile } from "./compile.ts";
export { compileEnvironmentDocument } from "./compile-environment-document.ts";
export type {
  ConditionContext,
  EnvironmentContext,
  EvaluationContext,
  FeatureContext,
  IdentityContext,
  LazyIdentity,
  RuleContext,
  SegmentContext,
  TraitInput,
  TraitValue,
  VariantContext,
} from "./context.ts";
export type {
  DocumentCondition,
  DocumentFeatureState,
  DocumentIdentityOverride,
  DocumentRule,
  DocumentSegment,
  DocumentVariant,
  EnvironmentDocument,
} from "./environment-document.ts";
export type { CompiledEnvironment, Evaluation } from "./evaluation.ts";
export { getEvaluationResult } from "./evaluation-result.ts";
export { mapEnvironmentDocument } from "./map-environment-document.ts";
export type {
  EvaluatedFlag,
  EvaluatedSegment,
  EvaluationResult,
  FlagResult,
  FlagValue,
  Problem,
  ReadResult,
  SegmentResult,
} from "./result.ts";
