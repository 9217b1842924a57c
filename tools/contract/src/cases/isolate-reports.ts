import type { FlagEvaluation } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import { createClient } from "../client.ts";
import type { ContractCase } from "../contract.ts";
import { countTimers } from "../timer-count.ts";
import { createRecordingRequest } from "./isolate.ts";
import { createDeliveryReport, createReportingClient } from "./reporting-client.ts";

/** Reports on runtimes without background work. */
export const isolateReportCases: readonly ContractCase[] = [
  ...[false, true].map(
    (enableLocalEvaluation): ContractCase => ({
      name: `isolate, ${enableLocalEvaluation ? "local" : "remote"}: one request sends the counts of all under waitUntil`,
      async run(context) {
        const client = createReportingClient(context, { enableLocalEvaluation });
        const evaluate = async () => {
          const request = createRecordingRequest();
          const flags = await client.forRequest(request).getEnvironmentFlags();
          flags.isFeatureEnabled("dark_mode");
          return request.work;
        };
        const work = [await evaluate(), await evaluate(), await evaluate()];
        await Promise.all(work.flat());
        expect(await context.api.control.acceptedAnalytics()).to.deep.equal({ dark_mode: 3 });
        // Within ten seconds of the last delivery no request sends anything.
        await Promise.all(await evaluate());
        const pending = createDeliveryReport({ accepted: 3, pending: 1 });
        expect(client.deliveryReport()).to.deep.equal(pending);
        await client.flush();
        expect(client.deliveryReport()).to.deep.equal(createDeliveryReport({ accepted: 4 }));
      },
    }),
  ),
  {
    name: "isolate: events of a request are sent under its waitUntil",
    async run(context) {
      const client = createReportingClient(context);
      const request = createRecordingRequest();
      client.forRequest(request).trackEvent("checkout");
      expect(request.work).to.have.lengthOf(1);
      await Promise.all(request.work);
      expect(await context.api.control.acceptedEvents()).to.have.lengthOf(1);
    },
  },
  {
    name: "isolate: without waitUntil reports are sent only by flush() or close()",
    run: (context) =>
      countTimers(async (timers) => {
        const client = createReportingClient(context);
        const flags = await client.forRequest(undefined).getEnvironmentFlags();
        flags.isFeatureEnabled("dark_mode");
        client.trackEvent("checkout");
        // Nothing is waiting to send them.
        expect(timers.count()).to.equal(0);
        expect(await context.api.control.requests()).to.have.lengthOf(1);
        const pending = createDeliveryReport({ pending: 1 }, { pending: 1 });
        expect(client.deliveryReport()).to.deep.equal(pending);
        await client.close();
        const accepted = createDeliveryReport({ accepted: 1 }, { accepted: 1 });
        expect(client.deliveryReport()).to.deep.equal(accepted);
      }),
  },
  {
    name: "isolate: onFlagEvaluated gets no duration, because the clock stands still",
    async run(context) {
      const evaluations: FlagEvaluation[] = [];
      const client = createClient(context, { onFlagEvaluated: (each) => evaluations.push(each) });
      (await client.getEnvironmentFlags()).isFeatureEnabled("dark_mode");
      expect(evaluations.map(({ durationMs }) => durationMs)).to.deep.equal([undefined]);
    },
  },
];
