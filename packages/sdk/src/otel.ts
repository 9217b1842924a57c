/**
 * OpenTelemetry events and Prometheus metrics.
 *
 * @module
 */
export * from "@flagsmith-isomorphic/core/otel";
