import { compile } from "./compile.ts";
import type { EvaluationContext, IdentityContext } from "./context.ts";
import { isJsonObject } from "./reader.ts";
import type {
  EvaluatedFlag,
  EvaluatedSegment,
  EvaluationResult,
  FlagResult,
  SegmentResult,
} from "./result.ts";

/**
 * Evaluates a context: plain JSON in, plain JSON out. It never throws. A malformed context results in no flags and no
 * segments ({@link compile} returns the reason). A condition that cannot be evaluated does not match.
 *
 * @example
 * getEvaluationResult(context).flags["max_items"]?.value; // 25
 */
export function getEvaluationResult(context: EvaluationContext): EvaluationResult {
  const { value: environment } = compile(context);
  if (!environment) return { flags: {}, segments: [] };
  const evaluation = environment.evaluate(toIdentity(context.identity));
  return {
    // Unlike an assignment, this also creates an own member for a feature called `__proto__`.
    flags: Object.fromEntries(evaluation.flags().map((flag) => [flag.name, toFlagResult(flag)])),
    segments: evaluation.segments().map(toSegmentResult),
  };
}

/** An identity without a text as its identifier counts as missing. */
function toIdentity(identity: unknown): IdentityContext | null {
  if (!isJsonObject(identity) || typeof identity["identifier"] !== "string") return null;
  const { identifier, key, traits } = identity;
  return {
    identifier,
    key: typeof key === "string" ? key : null,
    traits: isJsonObject(traits) ? (traits as NonNullable<IdentityContext["traits"]>) : null,
  };
}

function toFlagResult(flag: EvaluatedFlag): FlagResult {
  const { name, enabled, value, reason, variant, featureId } = flag;
  const metadata = flag.metadata ?? (featureId === undefined ? undefined : { id: featureId });
  return { name, enabled, value, reason, variant, ...(metadata && { metadata }) };
}

function toSegmentResult({ name, metadata }: EvaluatedSegment): SegmentResult {
  return { name, ...(metadata && { metadata }) };
}
