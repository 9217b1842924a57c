import { asyncContextCases } from "./cases/async-contexts.ts";
import { backgroundReportCases } from "./cases/background-reports.ts";
import { clientLeakCases } from "./cases/client-leaks.ts";
import { deadConnectionCases } from "./cases/dead-connections.ts";
import { memoryLeakCases } from "./cases/memory-leaks.ts";
import { pollingCases } from "./cases/polling.ts";
import { realtimeChangeCases } from "./cases/realtime-changes.ts";
import { realtimeConnectionCases } from "./cases/realtime-connection.ts";
import { realtimeLeakCases } from "./cases/realtime-leaks.ts";
import { sharedStoreCases } from "./cases/shared-stores.ts";
import { streamRefusalCases } from "./cases/transient-refusals.ts";
import type { ContractCase } from "./contract.ts";
import type { ResourceProbe } from "./resource-probe.ts";

/** Cases for runtimes with background work: Node.js, Bun and Deno. Isolates cannot load all of their imports. */
export function backgroundContract(storeFolder: string): readonly ContractCase[] {
  return [
    ...pollingCases,
    ...asyncContextCases,
    ...backgroundReportCases,
    ...realtimeChangeCases,
    ...realtimeConnectionCases,
    ...streamRefusalCases,
    ...sharedStoreCases(storeFolder),
    ...deadConnectionCases,
  ];
}

/** Cases for leaks of these runtimes. They run once per runtime, because they do not depend on the module format. */
export function backgroundLeakCases(probe: ResourceProbe): readonly ContractCase[] {
  return [...clientLeakCases(probe, 4000), ...memoryLeakCases(probe), ...realtimeLeakCases(probe)];
}
