import { evaluationHookCases } from "./cases/evaluation-hook.ts";
import { eventCases } from "./cases/events.ts";
import { explanationCases } from "./cases/explanations.ts";
import { flagsObjectCases } from "./cases/flags-object.ts";
import { freshnessCases } from "./cases/freshness.ts";
import { localCases } from "./cases/local.ts";
import { localFaultCases } from "./cases/local-faults.ts";
import { officialNameCases } from "./cases/official-names.ts";
import { ofrepCases } from "./cases/ofrep.ts";
import { optionCases } from "./cases/options.ts";
import { remoteFaultCases } from "./cases/remote-faults.ts";
import { remoteFlagCases } from "./cases/remote-flags.ts";
import { remoteRequestCases } from "./cases/remote-requests.ts";
import { reportAccountingCases } from "./cases/report-accounting.ts";
import { reportDeliveryCases } from "./cases/report-delivery.ts";
import { reportRetryCases } from "./cases/report-retries.ts";
import { statusCases } from "./cases/status.ts";
import { transientRefusalCases } from "./cases/transient-refusals.ts";
import { typedFlagCases } from "./cases/typed-flags.ts";
import { unstorageCases } from "./cases/unstorage.ts";
import { webhookCases } from "./cases/webhooks.ts";
import type { ContractCase } from "./contract.ts";

/** Cases for every adapter on every runtime. */
export const contract: readonly ContractCase[] = [
  ...remoteRequestCases,
  ...remoteFlagCases,
  ...remoteFaultCases,
  ...typedFlagCases,
  ...flagsObjectCases,
  ...explanationCases,
  ...localCases,
  ...localFaultCases,
  ...freshnessCases,
  ...statusCases,
  ...ofrepCases,
  ...optionCases,
  ...officialNameCases,
  ...reportDeliveryCases,
  ...reportRetryCases,
  ...reportAccountingCases,
  ...eventCases,
  ...evaluationHookCases,
  ...transientRefusalCases,
  ...unstorageCases,
  ...webhookCases,
];
