import type { FlagEvaluation } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import { createClient } from "../client.ts";
import { until } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";
import { createReportingClient } from "./reports.ts";

/** Reports where work goes on between requests. */
export const backgroundReportCases: readonly ContractCase[] = [
  {
    name: "reports: events are sent a thousand at a time as soon as there are so many, and in order",
    async run(context) {
      const client = createReportingClient(context, { requestTimeoutSeconds: 5 });
      for (let count = 0; count < 2000; count++) client.trackEvent(`event ${count}`);
      await until(async () => (await context.api.control.acceptedEvents()).length === 2000);
      client.trackEvent("event 2000");
      await client.close();
      const names = (await context.api.control.acceptedEvents()).map(({ event }) => event);
      expect(names).to.deep.equal(Array.from({ length: 2001 }, (_, count) => `event ${count}`));
    },
  },
  {
    name: "hook: is told how long the answer took",
    async run(context) {
      const told: FlagEvaluation[] = [];
      const onFlagEvaluated = (each: FlagEvaluation) => told.push(each);
      await context.api.control.failNext(1, { kind: "slowHead", delayMs: 60 });
      const remote = createClient(context, { onFlagEvaluated });
      (await remote.getEnvironmentFlags()).isFeatureEnabled("dark_mode");
      const local = createClient(context, { onFlagEvaluated, enableLocalEvaluation: true });
      await local.ready();
      (await local.getEnvironmentFlags()).isFeatureEnabled("dark_mode");
      await local.close();
      // Timers may fire a little early.
      expect(told[0]?.durationMs).to.be.within(55, 5000);
      expect(told[1]?.durationMs).to.be.within(0, 50);
    },
  },
];
