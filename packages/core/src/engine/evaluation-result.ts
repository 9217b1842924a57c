import { compile } from "./compile.ts";
import type { EvaluationContext, IdentityContext } from "./context.ts";
import { isJson } from "./reader.ts";
import type {
  EvaluatedFlag,
  EvaluatedSegment,
  EvaluationResult,
  FlagResult,
  SegmentResult,
} from "./result.ts";

/**
 * Evaluates a context: plain JSON in, plain JSON out. It never throws: a context of the wrong shape has no flags
 * and no segments ({@link compile} names the member), a condition that cannot be evaluated is false.
 */
export function getEvaluationResult(context: EvaluationContext): EvaluationResult {
  const { value: environment } = compile(context);
  if (environment === undefined) return { flags: {}, segments: [] };
  const evaluation = environment.evaluate(readIdentity(context.identity));
  return {
    // Unlike an assignment, this also makes an own member of a feature called `__proto__`.
    flags: Object.fromEntries(evaluation.flags().map((flag) => [flag.name, toResult(flag)])),
    segments: evaluation.segments().map(toSegmentResult),
  };
}

/** An identity needs a text to be known by; whatever else stands there is nobody. */
function readIdentity(identity: unknown): IdentityContext | null {
  if (!isJson(identity) || typeof identity["identifier"] !== "string") return null;
  const { identifier, key, traits } = identity;
  return {
    identifier,
    key: typeof key === "string" ? key : null,
    traits: isJson(traits) ? (traits as NonNullable<IdentityContext["traits"]>) : null,
  };
}

function toResult({ name, enabled, value, reason, variant, metadata }: EvaluatedFlag): FlagResult {
  return { name, enabled, value, reason, variant, ...(metadata && { metadata }) };
}

function toSegmentResult({ name, metadata }: EvaluatedSegment): SegmentResult {
  return { name, ...(metadata && { metadata }) };
}
