import { parseMillis } from "../environment/timestamps.ts";
import type { Flagsmith } from "../flagsmith.ts";
import type { ClientStatus } from "../options/options.ts";
import type { DeliveryCounts } from "../reporting/delivery.ts";

/** Options of {@link toPrometheus}. */
export interface PrometheusOptions {
  /** Labels of every sample, for example `{ environment: "production" }`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

type Labels = Readonly<Record<string, string>>;

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly samples: readonly { readonly value: number; readonly labels?: Labels }[];
}

const states: readonly ClientStatus["state"][] = [
  "idle",
  "loading",
  "ready",
  "stale",
  "unavailable",
  "closed",
];

/**
 * Formats `status()` and `deliveryReport()` of a client in the text format of Prometheus. A metric that does not apply to
 * the client has no sample.
 *
 * @example
 * server.get("/metrics", (_request, response) => response.type("text/plain").send(toPrometheus(flagsmith)));
 */
export function toPrometheus(
  flagsmith: Pick<Flagsmith, "status" | "deliveryReport">,
  { labels = {} }: PrometheusOptions = {},
): string {
  const metrics = [
    ...createStatusMetrics(flagsmith.status()),
    ...createDeliveryMetrics(Object.entries(flagsmith.deliveryReport())),
  ];
  return metrics.map((metric) => formatMetric(metric, labels)).join("");
}

function createStatusMetrics(status: ClientStatus): Metric[] {
  const { state, documentUpdatedAt, ageSeconds, consecutiveFailures, problem } = status;
  const { realtime, circuit } = status;
  const gauge = (name: string, help: string, value: number | boolean | undefined): Metric => {
    const samples = Number.isFinite(Number(value)) ? [{ value: Number(value) }] : [];
    return { name: `flagsmith_${name}`, help, type: "gauge", samples };
  };
  return [
    {
      ...gauge("state", "State of the client: 1 for the current one.", undefined),
      samples: states.map((name) => ({ value: Number(name === state), labels: { state: name } })),
    },
    gauge("failing", "Whether the last load or call failed.", problem !== undefined),
    gauge("unauthorized", "Whether the API refuses the key.", problem === "unauthorized"),
    gauge("consecutive_failures", "Failed loads or calls in a row.", consecutiveFailures),
    gauge("document_age_seconds", "Seconds since the API returned the document.", ageSeconds),
    gauge(
      "document_updated_timestamp_seconds",
      "When Flagsmith last changed the document.",
      parseMillis(documentUpdatedAt ?? "") / 1000,
    ),
    gauge("realtime_open", "Whether the realtime stream is open.", realtime && realtime === "open"),
    gauge("circuit_open", "Whether calls fail at once.", circuit && circuit !== "closed"),
  ];
}

function createDeliveryMetrics(reports: readonly [string, DeliveryCounts][]): Metric[] {
  const metric = (
    name: string,
    help: string,
    { type, count }: { readonly type: Metric["type"]; readonly count: keyof DeliveryCounts },
  ): Metric => ({
    name: `flagsmith_reports_${name}`,
    help,
    type,
    samples: reports.map(([kind, counts]) => ({ value: counts[count], labels: { kind } })),
  });
  return [
    metric("accepted_total", "Items that the server received.", {
      type: "counter",
      count: "accepted",
    }),
    metric("dropped_total", "Items that are never sent.", { type: "counter", count: "dropped" }),
    metric("pending", "Items that are queued or in flight.", { type: "gauge", count: "pending" }),
    metric("unconfirmed", "Items of failed attempts that may have arrived.", {
      type: "gauge",
      count: "unconfirmed",
    }),
  ];
}

function formatMetric({ name, help, type, samples }: Metric, common: Labels): string {
  if (samples.length === 0) return "";
  const lines = samples.map(({ value, labels }) => {
    const pairs = Object.entries({ ...common, ...labels }).map(
      ([label, text]) => `${label}="${escapeLabel(text)}"`,
    );
    return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
