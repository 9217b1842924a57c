import type { DeliveryCounts } from "@flagsmith-isomorphic/core";
import type { ContractResult } from "../../contract.ts";
import { type ClientSummary, mergeSummaries } from "../soak-client.ts";
import type { ApiRecord } from "./faulty-api.ts";
import { computeThirds, hasGrown } from "./growth.ts";

/** Measurements and results of a soak on one runtime. */
export interface SoakReport {
  readonly runtime: string;
  readonly api: ApiRecord;
  readonly clients: Readonly<Record<string, ClientSummary>>;
  /** Results that are older than an earlier one of the same client. */
  readonly outdated: readonly string[];
  /** Clients that do not use the last version of the document long after the last fault. */
  readonly late: readonly string[];
  /** Rejections, exceptions and warnings that reached the runtime, and other unexpected output. */
  readonly unhandled: readonly string[];
  /** Heap samples during the faults, each after a garbage collection. */
  readonly heapBytes: readonly number[];
  /** Whether deliveries may be in flight at the end, so that the API may have accepted pending items. */
  readonly isDeliveryInFlight: boolean;
  /** Figures of this runtime for the table. */
  readonly figures: Readonly<Record<string, number>>;
  /** Results of the checks for this runtime only. */
  readonly results: readonly ContractResult[];
}

/** Heap growth without a leak: a document is often being loaded, and code is compiled late. */
const heapToleranceBytes = 1_500_000;

/** Merges the summaries of all clients. */
export function mergeClients({ clients }: Pick<SoakReport, "clients">): ClientSummary {
  return Object.values(clients).reduce(mergeSummaries);
}

/** Lists versions that a client used although the API never served them. */
export function findUnservedVersions({ api, clients }: SoakReport): readonly number[] {
  return mergeClients({ clients }).versions.filter((version) => !api.served.has(version));
}

/** Returns how many evaluations or events the API has accepted twice. Negative if some are lost. */
export function countRepeated(
  created: number,
  accepted: number,
  { pending, dropped }: DeliveryCounts,
): number {
  return accepted + pending + dropped - created;
}

/** Checks the report of a soak. Each check has one result, which lists all its findings. */
export function checkReport(report: SoakReport): ContractResult[] {
  const common = [...checkResults(report), ...checkDeliveries(report)];
  return [...common, ...report.results].map((result) => ({
    ...result,
    name: `${report.runtime}: ${result.name}`,
  }));
}

/** Creates the result of a check, which fails if there are findings. */
export function createResult(name: string, findings: readonly string[]): ContractResult {
  return { name, ...(findings.length > 0 && { failure: findings.join("\n") }) };
}

function checkResults(report: SoakReport): ContractResult[] {
  const all = mergeClients(report);
  const unserved = findUnservedVersions(report).map((version) => `${version} was never served`);
  const versions = all.versions.length < 3 ? [`versions: ${all.versions.join()}`] : [];
  return [
    createResult("each result belongs to one served version of the document", [
      ...all.mixtures,
      ...unserved,
    ]),
    createResult("no result is older than an earlier one", report.outdated),
    createResult("no call fails after the first result", all.errors),
    createResult("all clients use the last version once the faults are over", report.late),
    createResult("no rejection, exception or warning is unhandled", report.unhandled),
    createResult("the heap does not grow", checkHeap(report.heapBytes)),
    createResult("clients use several versions of the document", versions),
    createResult("requests meet faults", report.api.faults > 0 ? [] : ["no faults"]),
  ];
}

function checkHeap(samples: readonly number[]): string[] {
  const thirds = computeThirds(samples);
  if (!Number.isFinite(thirds.first)) return [`only ${samples.length} samples`];
  return hasGrown(thirds, heapToleranceBytes) ? [`bytes: ${samples.join(", ")}`] : [];
}

function checkDeliveries({ api, clients, isDeliveryInFlight }: SoakReport): ContractResult[] {
  const all = mergeClients({ clients });
  return [
    createResult(
      "analytics: the report accounts for all lost and repeated evaluations",
      checkDelivery(
        { created: all.evaluations, accepted: api.acceptedAnalytics },
        all.delivery.analytics,
        isDeliveryInFlight,
      ),
    ),
    createResult("events: the report accounts for all lost and repeated events", [
      ...checkDelivery(
        { created: all.events, accepted: api.acceptedEvents.length },
        all.delivery.events,
        isDeliveryInFlight,
      ),
      ...checkLostEvents(api.acceptedEvents, all),
    ]),
  ];
}

/** Compares a delivery report with the number of items that were created, and that the API accepted. */
function checkDelivery(
  { created, accepted }: { readonly created: number; readonly accepted: number },
  reported: DeliveryCounts,
  isDeliveryInFlight: boolean,
): string[] {
  const { pending, dropped, unconfirmed } = reported;
  const findings: string[] = [];
  if (created === 0) findings.push("there was nothing to deliver");
  if (reported.accepted + pending + dropped !== created) findings.push("the sum is wrong");
  const repeated = countRepeated(created, accepted, reported);
  if (repeated < 0) findings.push(`${-repeated} are lost`);
  if (repeated > unconfirmed + (isDeliveryInFlight ? pending : 0)) {
    findings.push(`${repeated} were accepted twice, more than reported`);
  }
  const figures = JSON.stringify({ created, accepted, reported });
  return findings.map((finding) => `${finding}: ${figures}`);
}

/** Looks for lost events by name, because the sum would hide a lost event behind a repeated one. */
function checkLostEvents(
  accepted: readonly string[],
  { events, delivery }: ClientSummary,
): string[] {
  const lost = events - new Set(accepted).size;
  const { pending, dropped } = delivery.events;
  return lost > pending + dropped ? [`${lost} are lost, ${pending + dropped} reported`] : [];
}
