import type { FlagValue } from "../flags/flag.ts";
import type { FlagEvaluation } from "../flags/flag-evaluation.ts";
import { findErrorType } from "../integration/error-type.ts";

/** The attributes of an event. */
export type OtelAttributes = Readonly<Record<string, string | number | boolean>>;

/** The part of a logger of `@opentelemetry/api-logs` that is used here. */
export interface OtelLogger {
  emit(record: {
    readonly eventName: string;
    readonly severityNumber: number;
    readonly attributes: Record<string, string | number | boolean>;
  }): void;
}

/** The part of a span of `@opentelemetry/api` that is used here. */
export interface OtelSpan {
  addEvent(name: string, attributes: Record<string, string | number | boolean>): unknown;
}

/** Options of {@link createOtelHook}. */
export interface OtelHookOptions {
  /** Receives a log event for each evaluation, for example `logs.getLogger("flagsmith")`. */
  readonly logger?: OtelLogger | undefined;
  /** Returns the span that receives a span event for each evaluation, for example `() => trace.getActiveSpan()`. */
  readonly getSpan?: (() => OtelSpan | undefined) | undefined;
  /**
   * Returns the value of a flag to export, or `undefined` to leave it out.
   * @defaultValue exports each value
   */
  readonly redactValue?: ((evaluation: FlagEvaluation) => FlagValue | undefined) | undefined;
  /**
   * The longest text that is exported. Longer ones are cut.
   * @defaultValue `256`
   */
  readonly maxValueLength?: number | undefined;
  /**
   * Whether the identifier is exported, which is often personal data.
   * @defaultValue `false`
   */
  readonly enableContextId?: boolean | undefined;
  /** The set that the flags belong to, for example the name of the environment. */
  readonly setId?: string | undefined;
}

const eventName = "feature_flag.evaluation";

/** INFO, by the numbers of OpenTelemetry. */
const severityNumber = 9;

/**
 * Creates an `onFlagEvaluated` that emits the event `feature_flag.evaluation` of OpenTelemetry's convention.
 *
 * @example
 * const onFlagEvaluated = createOtelHook({ logger: logs.getLogger("flagsmith") });
 * const flagsmith = new Flagsmith({ environmentKey: "ser.your-environment-key", onFlagEvaluated });
 */
export function createOtelHook(options: OtelHookOptions): (evaluation: FlagEvaluation) => void {
  const { logger, getSpan } = options;
  return (evaluation) => {
    const span = getSpan?.();
    if (logger === undefined && span === undefined) return;
    const attributes = createAttributes(evaluation, options);
    logger?.emit({ eventName, severityNumber, attributes: { ...attributes } });
    span?.addEvent(eventName, { ...attributes });
  };
}

function createAttributes(evaluation: FlagEvaluation, options: OtelHookOptions): OtelAttributes {
  const { featureName, variant, identifier, documentUpdatedAt, error } = evaluation;
  const errorType = findEvaluationError(evaluation);
  const all = {
    "feature_flag.key": featureName,
    "feature_flag.provider.name": "flagsmith",
    "feature_flag.result.variant": variant ?? undefined,
    "feature_flag.result.value": readValue(evaluation, options),
    "feature_flag.result.reason": findReason(evaluation, errorType),
    "feature_flag.context.id": options.enableContextId ? identifier : undefined,
    "feature_flag.set.id": options.setId,
    "feature_flag.version": documentUpdatedAt,
    "error.type": errorType,
    "feature_flag.error.message": error?.message,
  };
  const present = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as OtelAttributes;
}

/** The value of a feature, or whether it is on if it has none. */
function readValue(
  evaluation: FlagEvaluation,
  { redactValue, maxValueLength = 256 }: OtelHookOptions,
): string | number | boolean | undefined {
  const value = redactValue ? redactValue(evaluation) : (evaluation.value ?? evaluation.enabled);
  if (typeof value !== "string") return value ?? undefined;
  if (value.length <= maxValueLength) return value;
  // Half a character is no valid text.
  return `${value.slice(0, maxValueLength).replace(/[\ud800-\udbff]$/, "")}…`;
}

function findEvaluationError({ source, error }: FlagEvaluation): string | undefined {
  if (error !== undefined) return findErrorType(error).toLowerCase();
  return source === "default" ? "flag_not_found" : undefined;
}

function findReason({ source, reason }: FlagEvaluation, errorType: string | undefined): string {
  if (errorType !== undefined) return "error";
  if (source === "cache") return "cached";
  const kind = reason?.split(";", 1)[0]?.toLowerCase();
  return ["default", "targeting_match", "split"].find((known) => known === kind) ?? "unknown";
}
