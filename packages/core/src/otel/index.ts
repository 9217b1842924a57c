/**
 * OpenTelemetry events and Prometheus metrics.
 *
 * @module
 */
export type { FlagsmithClientError, FlagsmithErrorCode } from "../errors.ts";
export type { FlagValue } from "../flags/flag.ts";
export type { FlagEvaluation, FlagSource } from "../flags/flag-evaluation.ts";
export {
  createOtelHook,
  type OtelAttributes,
  type OtelHookOptions,
  type OtelLogger,
  type OtelSpan,
} from "./otel-hook.ts";
export { type PrometheusOptions, toPrometheus } from "./prometheus.ts";
