import { faultCases } from "./cases/faults.ts";
import { localCases } from "./cases/local.ts";
import { localFaultCases } from "./cases/local-faults.ts";
import { optionCases } from "./cases/options.ts";
import { remoteCases } from "./cases/remote.ts";
import { reportAccountingCases } from "./cases/report-accounting.ts";
import { reportCases } from "./cases/reports.ts";
import { unstorageCases } from "./cases/unstorage.ts";
import { webhookCases } from "./cases/webhooks.ts";
import type { ContractCase } from "./contract.ts";

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
