import { expect } from "chai";
import { environmentKey, experimentIdentifier } from "../client.ts";
import type { ContractCase } from "../contract.ts";
import { createReportingClient, listReportRequests } from "./reporting-client.ts";

/** Format of events, and exposures of experiments. */
export const eventCases: readonly ContractCase[] = [
  {
    name: "events: events and exposures have the official format",
    async run(context) {
      const client = createReportingClient(context, { enableAnalytics: false });
      const begin = Date.now();
      client.trackEvent("checkout", {
        identifier: "user-1",
        value: 99.5,
        traits: { plan: "gold" },
        metadata: { currency: "CHF" },
      });
      for (let count = 0; count < 3; count++) {
        const flag = await client.getExperimentFlag("max_items", experimentIdentifier, { age: 42 });
        expect(flag).to.include({ variant: "many", enabled: true });
      }
      // Not in the experiment: no exposure.
      await client.getExperimentFlag("max_items", "user-1");
      await client.close();
      const [request] = await listReportRequests(context);
      expect(request).to.include({ method: "POST", path: "/v1/events" });
      expect(request?.headers).to.include({
        "content-type": "application/json; charset=utf-8",
        "x-environment-key": environmentKey,
      });
      const userAgent = /^flagsmith-isomorphic-[a-z]+\/(.*)$/;
      const version = userAgent.exec(request?.headers["flagsmith-sdk-user-agent"] ?? "")?.[1];
      const [checkout, exposure, ...more] = await context.api.control.acceptedEvents();
      expect(more).to.have.lengthOf(0);
      expect(checkout).to.deep.include({
        event: "checkout",
        feature_name: null,
        identifier: "user-1",
        value: "99.5",
        traits: { plan: "gold" },
        metadata: { currency: "CHF", sdk_version: version },
      });
      expect(exposure).to.deep.include({
        event: "$flag_exposure",
        feature_name: "max_items",
        identifier: experimentIdentifier,
        value: "many",
        traits: { age: 42 },
        metadata: { experiment_id: 7, sdk_version: version },
      });
      expect(checkout?.["timestamp"]).to.be.within(begin, Date.now());
    },
  },
  {
    name: "events: local evaluation sends only tracked exposures, and equal ones once",
    async run(context) {
      const { control } = context.api;
      const client = createReportingClient(context, { enableLocalEvaluation: true });
      await client.getExperimentFlag("max_items", experimentIdentifier);
      await client.flush();
      expect(await control.acceptedEvents()).to.have.lengthOf(0);
      client.trackExposureEvent("max_items", { identifier: "someone", value: "many" });
      client.trackExposureEvent("max_items", { identifier: "someone", value: "many" });
      await client.close();
      expect(await control.acceptedEvents()).to.have.lengthOf(1);
    },
  },
];
