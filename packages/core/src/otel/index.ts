/**
 * OpenTelemetry events and Prometheus metrics.
 *
 * @module
 */
export {
  createOtelHook,
  type OtelAttributes,
  type OtelHookOptions,
  type OtelLogger,
  type OtelSpan,
} from "./otel-hook.ts";
export { type PrometheusOptions, toPrometheus } from "./prometheus.ts";
