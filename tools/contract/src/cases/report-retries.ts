import { expect } from "chai";
import { shortTimeout } from "../client.ts";
import type { ContractCase } from "../contract.ts";
import { type FaultName, namedFaults, needsTimeout } from "./named-faults.ts";
import { createOnceClient, noDelivery } from "./reporting-client.ts";

/** A fault of one report. */
interface Row {
  readonly fault: FaultName;
  /** Whether the API has counted the report nevertheless. */
  readonly isAccepted: boolean;
  /** Whether the response tells the client that the API has not counted it. */
  readonly isConfirmed: boolean;
}

const table: readonly Row[] = [
  { fault: "status 408", isAccepted: false, isConfirmed: false },
  { fault: "status 425", isAccepted: false, isConfirmed: true },
  { fault: "status 429, retry now", isAccepted: false, isConfirmed: true },
  { fault: "status 500, HTML", isAccepted: false, isConfirmed: false },
  { fault: "status 503", isAccepted: false, isConfirmed: false },
  { fault: "no response", isAccepted: false, isConfirmed: false },
  { fault: "connection reset", isAccepted: false, isConfirmed: false },
  { fault: "lost response", isAccepted: true, isConfirmed: false },
  { fault: "lost response, then reset", isAccepted: true, isConfirmed: false },
];

/** Reports that fail once and are sent again together with later ones. */
export const reportRetryCases: readonly ContractCase[] = (["analytics", "events"] as const).flatMap(
  (kind) =>
    table.map(({ fault, isAccepted, isConfirmed }) => ({
      name: `reports, ${fault}: ${kind} are merged and sent again`,
      mostlyWaits: needsTimeout(fault),
      async run(context) {
        const { control } = context.api;
        const path = kind === "analytics" ? "analytics/flags" : "v1/events";
        const client = createOnceClient(context, needsTimeout(fault) ? shortTimeout : {});
        const flags = await client.getEnvironmentFlags();
        const report = () => {
          if (kind === "analytics") flags.isFeatureEnabled("dark_mode");
          else client.trackEvent("checkout");
        };
        const countAccepted = async () =>
          kind === "analytics"
            ? ((await control.acceptedAnalytics())["dark_mode"] ?? 0)
            : (await control.acceptedEvents()).length;
        report();
        await control.failNext(1, { ...namedFaults[fault], path });
        const flushed = client.flush();
        report();
        await flushed;
        const unconfirmed = isConfirmed ? 0 : 1;
        const pending = { ...noDelivery, pending: 2, unconfirmed };
        expect(client.deliveryReport()[kind]).to.deep.equal(pending);
        expect(await countAccepted()).to.equal(isAccepted ? 1 : 0);
        await client.close();
        const accepted = { ...noDelivery, accepted: 2, unconfirmed };
        expect(client.deliveryReport()[kind]).to.deep.equal(accepted);
        expect(await countAccepted()).to.equal(isAccepted ? 3 : 2);
      },
    })),
);
