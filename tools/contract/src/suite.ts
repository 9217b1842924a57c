import { backgroundReportCases } from "./cases/background-reports.ts";
import { clientLeakCases } from "./cases/client-leaks.ts";
import { evaluationHookCases } from "./cases/evaluation-hook.ts";
import { eventCases } from "./cases/events.ts";
import { flagsObjectCases } from "./cases/flags-object.ts";
import { freshnessCases } from "./cases/freshness.ts";
import { localCases } from "./cases/local.ts";
import { localFaultCases } from "./cases/local-faults.ts";
import { memoryLeakCases } from "./cases/memory-leaks.ts";
import { optionCases } from "./cases/options.ts";
import { pollingCases } from "./cases/polling.ts";
import { realtimeChangeCases } from "./cases/realtime-changes.ts";
import { realtimeConnectionCases } from "./cases/realtime-connection.ts";
import { realtimeLeakCases } from "./cases/realtime-leaks.ts";
import { remoteFaultCases } from "./cases/remote-faults.ts";
import { remoteFlagCases } from "./cases/remote-flags.ts";
import { remoteRequestCases } from "./cases/remote-requests.ts";
import { reportAccountingCases } from "./cases/report-accounting.ts";
import { reportDeliveryCases } from "./cases/report-delivery.ts";
import { reportRetryCases } from "./cases/report-retries.ts";
import { sharedStoreCases } from "./cases/shared-stores.ts";
import { statusCases } from "./cases/status.ts";
import { streamRefusalCases, transientRefusalCases } from "./cases/transient-refusals.ts";
import { typedFlagCases } from "./cases/typed-flags.ts";
import { unstorageCases } from "./cases/unstorage.ts";
import { webhookCases } from "./cases/webhooks.ts";
import type { ContractCase } from "./contract.ts";
import type { ResourceProbe } from "./resource-probe.ts";

/** Cases for runtimes with background work: Node.js, Bun and Deno. */
export function backgroundContract(
  probe: ResourceProbe,
  storeFolder: string,
): readonly ContractCase[] {
  return [
    ...pollingCases,
    ...backgroundReportCases,
    ...clientLeakCases(probe, 10_000),
    ...memoryLeakCases(probe),
    ...realtimeLeakCases(probe),
    ...realtimeChangeCases,
    ...realtimeConnectionCases,
    ...streamRefusalCases,
    ...sharedStoreCases(storeFolder),
  ];
}

/** Cases for every adapter on every runtime. */
export const contract: readonly ContractCase[] = [
  ...remoteRequestCases,
  ...remoteFlagCases,
  ...remoteFaultCases,
  ...typedFlagCases,
  ...flagsObjectCases,
  ...localCases,
  ...localFaultCases,
  ...freshnessCases,
  ...statusCases,
  ...optionCases,
  ...reportDeliveryCases,
  ...reportRetryCases,
  ...reportAccountingCases,
  ...eventCases,
  ...evaluationHookCases,
  ...transientRefusalCases,
  ...unstorageCases,
  ...webhookCases,
];
