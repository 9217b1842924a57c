import type { DeliveryCounts } from "@flagsmith-isomorphic/core";
import type { Findings } from "./findings.ts";
import { allOf } from "./judge.ts";
import { thirdsOf } from "./thirds.ts";

/** The figures of all runtimes side by side, in Markdown. */
export function soakTable(all: readonly Findings[]): string {
  const kinds = [...new Set(all.flatMap(({ api }) => [...api.faults.keys()]))].sort();
  const columns = all.map((findings) => columnOf(findings, kinds));
  const labels = inOneOrder(columns.map((column) => [...column.keys()]));
  const rows = labels.map((label) => [
    label,
    ...columns.map((column) => String(column.get(label) ?? "–")),
  ]);
  const head = ["", ...all.map(({ runtime }) => runtime)];
  const rule = head.map((_, index) => (index === 0 ? "---" : "---:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Every label once: one that only some columns have follows the one before it there. */
function inOneOrder(columns: readonly (readonly string[])[]): string[] {
  const labels: string[] = [];
  for (const column of columns) {
    for (const [index, label] of column.entries()) {
      if (labels.includes(label)) continue;
      labels.splice(labels.indexOf(column[index - 1] ?? "") + 1, 0, label);
    }
  }
  return labels;
}

function columnOf(findings: Findings, kinds: readonly string[]): Map<string, string | number> {
  const { api, unhandled, wentBack, heapBytes, more } = findings;
  const { answers, evaluations, versions, torn, failures, events, delivery } = allOf(findings);
  const heap = thirdsOf(heapBytes.map((bytes) => bytes / 1e6));
  return new Map<string, string | number>([
    ["answers", grouped(answers)],
    [
      "versions of the document: made, served, seen",
      `${api.newest}, ${api.served.size}, ${versions.length}`,
    ],
    ...Object.entries(findings.clients).map(
      ([name, client]) => [`… seen by ${name}`, client.versions.length] as const,
    ),
    ["answers of no version, or older than one before", torn.length + wentBack.length],
    ["questions without an answer", failures.length],
    ["unhandled", unhandled.length],
    [
      "heap of the thirds, MB",
      [heap.first, heap.middle, heap.last].map((megabytes) => megabytes.toFixed(2)).join(", "),
    ],
    ...Object.entries(more),
    ["requests to the API", grouped(sum(api.requests))],
    ...[...api.requests].map(([target, count]) => [`… ${target}`, grouped(count)] as const),
    ["of them with a fault", grouped(sum(api.faults))],
    ...kinds.map((kind) => [`… ${kind}`, api.faults.get(kind) ?? 0] as const),
    ["open streams broken", api.streamsBroken],
    ["evaluations", grouped(evaluations)],
    ["… taken by analytics", grouped(api.acceptedAnalytics)],
    ["… reported as accepted / pending / dropped / unconfirmed", told(delivery.analytics)],
    ["events", grouped(events)],
    ["… taken by the events API", grouped(api.acceptedEvents.length)],
    ["… as accepted / pending / dropped / unconfirmed", told(delivery.events)],
  ]);
}

function told({ accepted, pending, dropped, unconfirmed }: DeliveryCounts): string {
  return [accepted, pending, dropped, unconfirmed].map(grouped).join(" / ");
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
