import { createFlagsmithApi, type Fault } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { expect } from "chai";
import { environmentDocument } from "recordings";
import { environmentKey } from "../client.ts";
import type { PlainCase } from "../contract.ts";
import type { ReportsSetup } from "../process-end.ts";
import type { ScriptCommand } from "./run-command.ts";
import { startProcess } from "./start-process.ts";
import { createStreamEndCases } from "./stream-end.ts";

/** Less than the interval of deliveries, which is between 9 and 11 s. */
const minDeliveryMs = 8500;
/** Time in which a process ends by itself. The script lengthens its delivery timers to more than 85 s. */
const maxEndMs = 60_000;

/** Creates the cases about reports and open streams of a process that has nothing more to do. */
export function createProcessEndCases(command: ScriptCommand): readonly PlainCase[] {
  return [
    {
      name: "process end: a process that ends has sent its analytics and events",
      run: async () => {
        const { api, errors } = await runToEnd(command, { clients: 1 });
        expect(api.acceptedAnalytics).to.deep.equal({ dark_mode: 1 });
        expect(api.acceptedEvents).to.have.lengthOf(1);
        expect(errors).to.equal("");
      },
    },
    {
      name: "process end: twenty clients send theirs without a warning about listeners",
      run: async () => {
        const { api, errors } = await runToEnd(command, { clients: 20 });
        expect(api.acceptedAnalytics).to.deep.equal({ dark_mode: 20 });
        expect(api.acceptedEvents).to.have.lengthOf(20);
        // The SDK's own warning about forgotten clients is the only line.
        expect(errors.trim()).to.match(/^Flagsmith: 10 Flagsmith clients with .*$/);
      },
    },
    {
      name: "process end: a process that stays sends reports after ten seconds, none at its end",
      mostlyWaits: true,
      run: async () => {
        // The last request comes after the stay. Reports that wait for the end would come after it.
        const { api } = await runToEnd(command, { clients: 1, staysMs: 13_000 });
        const [flags, ...others] = api.requests;
        const paths = others.map(({ path }) => path);
        expect(paths.slice(0, 2)).to.have.members(["/api/v1/analytics/flags/", "/v1/events"]);
        expect(paths.slice(2)).to.deep.equal(["/api/v1/flags/"]);
        for (const { time } of others.slice(0, 2)) {
          expect(time - (flags?.time ?? 0)).to.be.at.least(minDeliveryMs);
        }
      },
    },
    {
      name: "process end: failed reports do not keep a process alive",
      mostlyWaits: true,
      run: async () => {
        for (const fault of [
          { kind: "status", status: 503 },
          { kind: "hang" },
          { kind: "reset" },
        ] as const) {
          const { api } = await runToEnd(command, { clients: 1, fault, requestTimeoutSeconds: 5 });
          expect(api.acceptedAnalytics).to.deep.equal({});
        }
      },
    },
    ...createStreamEndCases(command),
  ];
}

/** Runs the script until its process ends by itself, soon after it has requested flags for the last time. */
async function runToEnd(
  command: ScriptCommand,
  { fault, ...setup }: Omit<ReportsSetup, "apiUrl"> & { readonly fault?: Fault },
) {
  const api = createFlagsmithApi({ document: environmentDocument, environmentKey, events: true });
  if (fault !== undefined) {
    api.failNext(Number.POSITIVE_INFINITY, { ...fault, path: "analytics" });
    api.failNext(Number.POSITIVE_INFINITY, { ...fault, path: "events" });
  }
  const served = await serveFlagsmithApi(api);
  try {
    const errors = await startProcess(command, { apiUrl: served.url, ...setup }).ended;
    const endedAt = Date.now();
    const flagsRequests = api.requests.filter(({ path }) => path === "/api/v1/flags/");
    expect(endedAt - (flagsRequests.at(-1)?.time ?? 0)).to.be.below(maxEndMs);
    return { api, errors };
  } finally {
    await served.close();
  }
}
