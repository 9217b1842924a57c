import type { DeliveryCounts } from "@flagsmith-isomorphic/core";
import { countRepeated, findUnservedVersions, mergeClients, type SoakReport } from "./checks.ts";
import { computeThirds } from "./growth.ts";

/** Formats the figures of all runtimes as a Markdown table. */
export function formatReportTable(reports: readonly SoakReport[]): string {
  const columns = reports.map(createColumn);
  const labels = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  const rows = labels.map((label) => [label, ...columns.map((column) => column.get(label) ?? "–")]);
  const head = ["", ...reports.map(({ runtime }) => runtime)];
  const rule = head.map((_, index) => (index === 0 ? "---" : "---:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function createColumn(report: SoakReport): Map<string, string> {
  const { api, clients, unhandled, outdated, heapBytes, figures } = report;
  const all = mergeClients(report);
  const heap = computeThirds(heapBytes.map((bytes) => bytes / 1e6));
  const wrongVersions = all.mixtures.length + findUnservedVersions(report).length + outdated.length;
  const versionsByClient = Object.entries(clients).map(
    ([name, { versions }]) => `${name} ${versions.length}`,
  );
  const { analytics, events } = all.delivery;
  return new Map([
    ["results", format(all.results)],
    ["… of a mixed or unserved version, or older than an earlier result", format(wrongVersions)],
    ["calls that failed", format(all.errors.length)],
    ["unhandled rejections, exceptions and warnings", format(unhandled.length)],
    [
      "heap after garbage collection in MB, median of each third",
      [heap.first, heap.middle, heap.last].map((megabytes) => megabytes.toFixed(1)).join(", "),
    ],
    [
      "versions of the document: made, served, used",
      format(api.newest, api.served.size, all.versions.length),
    ],
    ["… used by each client", versionsByClient.join(", ")],
    ["requests to the API, and requests with a fault", format(api.requests, api.faults)],
    ...createDeliveryRows("evaluations", all.evaluations, api.acceptedAnalytics, analytics),
    ...createDeliveryRows("events", all.events, api.acceptedEvents.length, events),
    ...Object.entries(figures).map(([label, value]) => [label, format(value)] as const),
  ]);
}

function createDeliveryRows(
  items: string,
  created: number,
  accepted: number,
  reported: DeliveryCounts,
): readonly (readonly [string, string])[] {
  const { dropped, pending, unconfirmed } = reported;
  const repeated = countRepeated(created, accepted, reported);
  return [
    [items, format(created)],
    [
      `… ${items} reported as accepted, dropped, pending`,
      format(reported.accepted, dropped, pending),
    ],
    [`… ${items} accepted twice, and reported as unconfirmed`, format(repeated, unconfirmed)],
  ];
}

function format(...values: readonly number[]): string {
  return values.map((value) => value.toLocaleString("en-US")).join(", ");
}
