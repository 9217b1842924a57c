import { backgroundCases } from "./cases/background.ts";
import { backgroundReportCases } from "./cases/background-reports.ts";
import { faultCases } from "./cases/faults.ts";
import { cycleCases } from "./cases/leaks.ts";
import { localCases } from "./cases/local.ts";
import { localFaultCases } from "./cases/local-faults.ts";
import { optionCases } from "./cases/options.ts";
import { remoteCases } from "./cases/remote.ts";
import { reportAccountingCases } from "./cases/report-accounting.ts";
import { reportCases } from "./cases/reports.ts";
import { stayingCases } from "./cases/staying-leaks.ts";
import { streamLeakCases } from "./cases/stream-leaks.ts";
import { streamingCases } from "./cases/streaming.ts";
import { unstorageCases } from "./cases/unstorage.ts";
import { webhookCases } from "./cases/webhooks.ts";
import type { ContractCase } from "./contract.ts";
import type { ResourceProbe } from "./resource-probe.ts";

/** What holds besides where work goes on in the background: on Node.js, Bun and Deno. */
export function backgroundContract(probe: ResourceProbe): readonly ContractCase[] {
  return [
    ...backgroundCases,
    ...backgroundReportCases,
    ...cycleCases(probe, 10_000),
    ...stayingCases(probe),
    ...streamLeakCases(probe),
    ...streamingCases,
  ];
}

/** Everything that every adapter must do on every runtime. */
export const contract: readonly ContractCase[] = [
  ...remoteCases,
  ...faultCases,
  ...localCases,
  ...localFaultCases,
  ...optionCases,
  ...reportCases,
  ...reportAccountingCases,
  ...unstorageCases,
  ...webhookCases,
];
