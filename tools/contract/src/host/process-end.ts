import { createFlagsmithApi, type Fault } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { expect } from "chai";
import { environmentDocument } from "recordings";
import { environmentKey } from "../client.ts";
import { type ContractResult, runCases } from "../contract.ts";
import type { ReportsSetup } from "../process-end.ts";
import type { ScriptCommand } from "./run-command.ts";
import { startProcess } from "./start-process.ts";
import { streamEndCases } from "./stream-end.ts";

/** Generous, and less than the time to the first flush: a timer must not keep a process alive until then. */
const limitMs = 8000;

/** What becomes of reports, and of open streams, where a process has nothing more to do. */
export function processEndResults(command: ScriptCommand): Promise<ContractResult[]> {
  return runCases([
    {
      name: "a process that simply ends has reported what it counted and tracked",
      run: async () => {
        const { api, errors } = await endOf(command, { clients: 1 });
        expect(api.acceptedAnalytics).to.deep.equal({ dark_mode: 1 });
        expect(api.acceptedEvents).to.have.lengthOf(1);
        expect(errors).to.equal("");
      },
    },
    {
      name: "so it has for twenty clients, and nothing warns of leaking listeners",
      run: async () => {
        const { api, errors } = await endOf(command, { clients: 20 });
        expect(api.acceptedAnalytics).to.deep.equal({ dark_mode: 20 });
        expect(api.acceptedEvents).to.have.lengthOf(20);
        expect(errors).to.equal("");
      },
    },
    {
      name: "a process that stays has reported within some ten seconds, and at its end nothing is left",
      run: async () => {
        const { api } = await endOf(command, { clients: 1, staysMs: 13_000 });
        const [flags, ...reports] = api.requests;
        expect(reports.map(({ path }) => path)).to.have.members([
          "/api/v1/analytics/flags/",
          "/v1/events",
        ]);
        for (const { time } of reports) {
          expect(time - (flags?.time ?? 0)).to.be.within(8500, 12_500);
        }
      },
    },
    {
      name: "a process ends though its last report is refused, lost or never answered",
      run: async () => {
        for (const fault of [
          { kind: "status", status: 503 },
          { kind: "hang" },
          { kind: "reset" },
        ] as const) {
          const { api } = await endOf(command, { clients: 1, fault });
          expect(api.acceptedAnalytics).to.deep.equal({});
        }
      },
    },
    ...streamEndCases(command),
  ]);
}

interface End extends Pick<ReportsSetup, "clients"> {
  readonly staysMs?: number;
  readonly fault?: Fault;
}

/** The API and what was printed, once the process has ended by itself. */
async function endOf(command: ScriptCommand, { clients, staysMs = 0, fault }: End) {
  const api = createFlagsmithApi({ document: environmentDocument, environmentKey, events: true });
  if (fault !== undefined) {
    api.failNext(Number.POSITIVE_INFINITY, { ...fault, path: "analytics" });
    api.failNext(Number.POSITIVE_INFINITY, { ...fault, path: "events" });
  }
  const served = await serveFlagsmithApi(api);
  try {
    const setup = { apiUrl: served.url, clients, staysMs };
    return { api, errors: await startProcess(command, setup, limitMs + staysMs).ended };
  } finally {
    await served.close();
  }
}
