import { trace } from "@opentelemetry/api";
import type { FlagEvaluation, Flagsmith } from "flagsmith-isomorphic";
import { Counter, Gauge, register } from "prom-client";

const evaluations = new Counter({
  name: "flagsmith_evaluations_total",
  help: "Flags that were read",
  labelNames: ["feature", "enabled", "source"],
});

/** Counts an evaluation, and adds the event of OpenTelemetry's semantic conventions to the active span. */
export function onFlagEvaluated(evaluation: FlagEvaluation): void {
  const { featureName, enabled, source, value, variant, reason, identifier } = evaluation;
  evaluations.inc({ feature: featureName, enabled: String(enabled), source });
  trace.getActiveSpan()?.addEvent("feature_flag.evaluation", {
    "feature_flag.key": featureName,
    "feature_flag.provider.name": "Flagsmith",
    "feature_flag.result.value": String(value),
    ...(variant !== null && { "feature_flag.result.variant": variant }),
    ...(reason !== undefined && { "feature_flag.result.reason": reason }),
    ...(identifier !== undefined && { "feature_flag.context.id": identifier }),
  });
}

/** Registers what a client reports about itself. Prometheus reads it with `register.metrics()`. */
export function registerMetrics(flagsmith: Flagsmith): void {
  const gauge = (name: string, help: string, read: () => number | undefined) =>
    new Gauge({
      name,
      help,
      collect() {
        this.set(read() ?? Number.NaN);
      },
    });
  gauge(
    "flagsmith_document_age_seconds",
    "Time since the document was confirmed",
    () => flagsmith.status().ageSeconds,
  );
  gauge(
    "flagsmith_failures",
    "Failed loads in a row",
    () => flagsmith.status().consecutiveFailures,
  );
  gauge(
    "flagsmith_analytics_pending",
    "Evaluations not yet sent",
    () => flagsmith.deliveryReport().analytics.pending,
  );
}

export { register };
