/**
 * OpenTelemetry events and Prometheus metrics.
 *
 * @module
 */
export type { FlagEvaluation } from "../flags/flag-evaluation.ts";
export {
  createOtelHook,
  type OtelAttributes,
  type OtelHookOptions,
  type OtelLogger,
  type OtelSpan,
} from "./otel-hook.ts";
export { type PrometheusOptions, toPrometheus } from "./prometheus.ts";
