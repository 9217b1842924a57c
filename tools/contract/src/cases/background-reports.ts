import type { FlagEvaluation } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import { createClient, createLocalClient } from "../client.ts";
import { until } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";
import { createRecordingRequest } from "./isolate.ts";
import { createDeliveryReport, createReportingClient } from "./reporting-client.ts";

/** Reports and durations on runtimes with background work. */
export const backgroundReportCases: readonly ContractCase[] = [
  {
    name: "reports: a thousand events are sent as soon as they are collected, in order",
    async run(context) {
      const { control } = context.api;
      const client = createReportingClient(context);
      for (let count = 0; count < 2000; count++) client.trackEvent(`event ${count}`);
      await until(async () => (await control.acceptedEvents()).length === 2000);
      client.trackEvent("event 2000");
      await client.close();
      const names = (await control.acceptedEvents()).map(({ event }) => event);
      expect(names).to.deep.equal(Array.from({ length: 2001 }, (_, count) => `event ${count}`));
    },
  },
  {
    name: "reports: a request sends its analytics and events under its waitUntil",
    async run(context) {
      const { control } = context.api;
      const client = createReportingClient(context);
      const request = createRecordingRequest();
      const scope = client.forRequest(request);
      const flags = await scope.getEnvironmentFlags();
      flags.isFeatureEnabled("dark_mode");
      flags.isFeatureEnabled("dark_mode");
      scope.trackEvent("checkout");
      // Nothing but this work runs in a process that its host freezes after the response.
      await Promise.all(request.work);
      expect(await control.acceptedAnalytics()).to.deep.equal({ dark_mode: 2 });
      expect(await control.acceptedEvents()).to.have.lengthOf(1);
      const accepted = createDeliveryReport({ accepted: 2 }, { accepted: 1 });
      expect(client.deliveryReport()).to.deep.equal(accepted);
    },
  },
  {
    name: "hook: onFlagEvaluated gets the duration of the request or evaluation",
    async run(context) {
      const durations: (number | undefined)[] = [];
      const onFlagEvaluated = ({ durationMs }: FlagEvaluation) => durations.push(durationMs);
      const delayMs = 60;
      await context.api.control.failNext(1, { kind: "slowHead", delayMs });
      const remote = createClient(context, { onFlagEvaluated });
      const local = createLocalClient(context, { onFlagEvaluated });
      const limits: number[] = [];
      for (const client of [remote, local]) {
        // Waits for the document, so that the call below only evaluates.
        if (client === local) await local.ready();
        const begin = performance.now();
        (await client.getEnvironmentFlags()).isFeatureEnabled("dark_mode");
        limits.push(performance.now() - begin);
      }
      // The clocks of client and server may differ by some milliseconds.
      expect(durations[0]).to.be.within(delayMs - 5, limits[0] ?? 0);
      expect(durations[1]).to.be.within(0, limits[1] ?? 0);
    },
  },
];
