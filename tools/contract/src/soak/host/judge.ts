import type { DeliveryCounts } from "@flagsmith-isomorphic/core";
import type { ContractResult } from "../../contract.ts";
import { joined, type Testimony } from "../witness.ts";
import type { Findings } from "./findings.ts";
import { hasGrown, thirdsOf } from "./thirds.ts";

/** A heap that grows by less is flat: some documents are always being loaded, and code is compiled late. */
const heapToleranceBytes = 1_500_000;

/** What all clients of a runtime have seen. */
export function allOf({ clients }: Pick<Findings, "clients">): Testimony {
  return Object.values(clients).reduce(joined);
}

/** What must hold after a soak. */
export function judge(findings: Findings): ContractResult[] {
  const { runtime, api, wentBack, late, unhandled, heapBytes } = findings;
  const all = allOf(findings);
  const complaints: Readonly<Record<string, readonly string[]>> = {
    "every answer is of one version of the document that was served": [
      ...all.torn,
      ...all.versions
        .filter((version) => !api.served.has(version))
        .map((one) => `${one}: unserved`),
    ],
    "no answer is older than one before": wentBack,
    "once there was an answer, every question gets one": all.failures,
    "the last change arrives once the faults are over": late,
    "no rejection, exception or warning is left unhandled": unhandled,
    "the heap stays flat": heapComplaints(heapBytes),
    "analytics: nothing is lost or counted twice but what the report says": deliveryComplaints({
      made: all.evaluations,
      taken: api.acceptedAnalytics,
      told: all.delivery.analytics,
      findings,
    }),
    "events: nothing is lost or sent twice but what the report says": [
      ...deliveryComplaints({
        made: all.events,
        taken: api.acceptedEvents.length,
        told: all.delivery.events,
        findings,
      }),
      ...lossComplaints(api.acceptedEvents, all),
    ],
    "the document changed under the clients":
      all.versions.length < 3 ? [`they saw ${all.versions.join()}`] : [],
    "there were faults": api.faults.size > 0 ? [] : ["none"],
  };
  const common = Object.entries(complaints).map(([name, all]) => ({
    name,
    ...(all.length > 0 && { failure: all.join("\n") }),
  }));
  return [...common, ...findings.results].map(({ name, failure }) => ({
    name: `${runtime}: ${name}`,
    ...(failure !== undefined && { failure }),
  }));
}

function heapComplaints(samples: readonly number[]): string[] {
  const thirds = thirdsOf(samples);
  if (!Number.isFinite(thirds.first)) return [`only ${samples.length} samples`];
  return hasGrown(thirds, heapToleranceBytes) ? [`it grew: ${samples.join(", ")}`] : [];
}

interface Delivered {
  readonly made: number;
  /** What the API has taken in, repetitions included. */
  readonly taken: number;
  readonly told: DeliveryCounts;
  readonly findings: Pick<Findings, "mayBeUnderWay">;
}

function deliveryComplaints({ made, taken, told, findings }: Delivered): string[] {
  const { accepted, pending, dropped, unconfirmed } = told;
  const complaints: string[] = [];
  if (made === 0) complaints.push("there was nothing to deliver");
  if (accepted + pending + dropped !== made) complaints.push("the report does not add up");
  const surplus = taken + pending + dropped - made;
  if (surplus < 0) complaints.push(`${-surplus} are missing`);
  // What is on its way counts as pending, and may have arrived.
  if (surplus > unconfirmed + (findings.mayBeUnderWay ? pending : 0)) {
    complaints.push(`${surplus} were taken twice, more than the report says`);
  }
  const figures = JSON.stringify({ made, taken, ...told });
  return complaints.map((complaint) => `${complaint}: ${figures}`);
}

/** Events have names, so that one that is lost cannot hide behind one that came twice. */
function lossComplaints(taken: readonly string[], { events, delivery }: Testimony): string[] {
  const lost = events - new Set(taken).size;
  const { pending, dropped } = delivery.events;
  return lost > pending + dropped
    ? [`${lost} are missing, of which ${pending + dropped} are told`]
    : [];
}
