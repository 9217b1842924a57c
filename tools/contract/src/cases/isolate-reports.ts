import type { FlagEvaluation } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import { createClient } from "../client.ts";
import type { ContractCase } from "../contract.ts";
import { recordingRequest } from "./isolate.ts";
import { createReportingClient, reportOf } from "./reports.ts";

/** Reports where nothing runs between requests. */
export const isolateReportCases: readonly ContractCase[] = [
  ...[false, true].map(
    (enableLocalEvaluation): ContractCase => ({
      name: `isolate: one request sends what all have counted, under waitUntil, once in ten seconds (${
        enableLocalEvaluation ? "local" : "remote"
      })`,
      async run(context) {
        const client = createReportingClient(context, { enableLocalEvaluation });
        const requests = [recordingRequest(), recordingRequest(), recordingRequest()];
        for (const request of requests) {
          const flags = await client.forRequest(request).getEnvironmentFlags();
          flags.isFeatureEnabled("dark_mode");
        }
        await Promise.all(requests.flatMap(({ work }) => work));
        expect(await context.api.control.acceptedAnalytics()).to.deep.equal({ dark_mode: 3 });
        const late = recordingRequest();
        const flags = await client.forRequest(late).getEnvironmentFlags();
        flags.isFeatureEnabled("dark_mode");
        await Promise.all(late.work);
        expect(client.deliveryReport()).to.deep.equal(reportOf({ accepted: 3, pending: 1 }));
        await client.flush();
        expect(client.deliveryReport()).to.deep.equal(reportOf({ accepted: 4 }));
      },
    }),
  ),
  {
    name: "isolate: events of a request are sent under its waitUntil",
    async run(context) {
      const client = createReportingClient(context);
      const request = recordingRequest();
      client.forRequest(request).trackEvent("checkout");
      expect(request.work).to.have.lengthOf(1);
      await Promise.all(request.work);
      expect(await context.api.control.acceptedEvents()).to.have.lengthOf(1);
    },
  },
  {
    name: "isolate: without waitUntil nothing is sent that nobody asks for",
    async run(context) {
      const client = createReportingClient(context);
      const flags = await client.forRequest(undefined).getEnvironmentFlags();
      flags.isFeatureEnabled("dark_mode");
      client.trackEvent("checkout");
      await new Promise((resolve) => setTimeout(resolve, 800));
      expect(await context.api.control.requests()).to.have.lengthOf(1);
      expect(client.deliveryReport()).to.deep.equal(reportOf({ pending: 1 }, { pending: 1 }));
      await client.close();
      expect(client.deliveryReport()).to.deep.equal(reportOf({ accepted: 1 }, { accepted: 1 }));
    },
  },
  {
    name: "isolate: the hook is told no duration: the clock stands still while code runs",
    async run(context) {
      const told: FlagEvaluation[] = [];
      const client = createClient(context, { onFlagEvaluated: (each) => told.push(each) });
      (await client.getEnvironmentFlags()).isFeatureEnabled("dark_mode");
      expect(told.map(({ durationMs }) => durationMs)).to.deep.equal([undefined]);
    },
  },
];
