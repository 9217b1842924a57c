import { trace } from "@opentelemetry/api";
import type { FlagEvaluation, Flagsmith } from "flagsmith-isomorphic";
import { createOtelHook, toPrometheus } from "flagsmith-isomorphic/otel";
import { Counter, register } from "prom-client";

const evaluations = new Counter({
  name: "flagsmith_evaluations_total",
  help: "Flags that were read",
  labelNames: ["feature", "enabled", "source"],
});

const emit = createOtelHook({ getSpan: () => trace.getActiveSpan() });

/** Counts an evaluation, and adds the event of OpenTelemetry's semantic conventions to the active span. */
export function onFlagEvaluated(evaluation: FlagEvaluation): void {
  const { featureName, enabled, source } = evaluation;
  evaluations.inc({ feature: featureName, enabled: String(enabled), source });
  emit(evaluation);
}

/** Formats the counted evaluations and what a client reports about itself, for Prometheus. */
export async function formatMetrics(flagsmith: Flagsmith): Promise<string> {
  return `${await register.metrics()}${toPrometheus(flagsmith)}`;
}
