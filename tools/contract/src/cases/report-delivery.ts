import { expect } from "chai";
import {
  captureRejection,
  createClient,
  environmentKey,
  secretHeader,
  shortTimeout,
} from "../client.ts";
import type { ContractCase } from "../contract.ts";
import {
  createDeliveryReport,
  createReportingClient,
  evaluateFlags,
  evaluationCounts,
  listReportRequests,
} from "./reporting-client.ts";

/** Delivery of analytics and events on `flush()` and `close()`. */
export const reportDeliveryCases: readonly ContractCase[] = [
  ...[false, true].map(
    (enableLocalEvaluation): ContractCase => ({
      name: `reports: ${enableLocalEvaluation ? "local" : "remote"} evaluations are sent on flush() and close()`,
      async run(context) {
        const { control } = context.api;
        const client = createReportingClient(context, { enableLocalEvaluation });
        await evaluateFlags(client);
        expect(client.deliveryReport()).to.deep.equal(createDeliveryReport({ pending: 3 }));
        await client.flush();
        expect(await control.acceptedAnalytics()).to.deep.equal(evaluationCounts);
        await evaluateFlags(client);
        await client.close();
        const twice = { dark_mode: 2, max_items: 4 };
        expect(await control.acceptedAnalytics()).to.deep.equal(twice);
        expect(client.deliveryReport()).to.deep.equal(createDeliveryReport({ accepted: 6 }));
        await client.close();
        expect(await listReportRequests(context)).to.have.lengthOf(2);
      },
    }),
  ),
  {
    name: "reports: analytics have the format that the server accepts",
    async run(context) {
      const applicationMetadata = { name: "lab", version: "1.2.3" };
      const client = createReportingClient(context, { applicationMetadata });
      await evaluateFlags(client);
      await client.close();
      const [request, ...more] = await listReportRequests(context);
      expect(more).to.have.lengthOf(0);
      expect(request).to.include({ method: "POST", path: "/api/v1/analytics/flags/", search: "" });
      expect(JSON.parse(request?.body ?? "")).to.deep.equal(evaluationCounts);
      expect(request?.headers).to.include({
        "x-environment-key": environmentKey,
        "content-type": "application/json",
        "x-secret": secretHeader,
        "flagsmith-application-name": "lab",
        "flagsmith-application-version": "1.2.3",
      });
    },
  },
  {
    name: "reports: without the options nothing is counted or sent",
    async run(context) {
      const client = createClient(context);
      await evaluateFlags(client);
      await client.close();
      expect(client.deliveryReport()).to.deep.equal(createDeliveryReport({}));
      expect(await listReportRequests(context)).to.have.lengthOf(0);
    },
  },
  {
    name: "reports: in offline mode all reports are dropped",
    async run(context) {
      const document = await context.api.control.document();
      const client = createReportingClient(context, {
        offlineMode: true,
        offlineHandler: { getEnvironment: () => document },
      });
      await evaluateFlags(client);
      client.trackEvent("checkout");
      await client.close();
      const dropped = createDeliveryReport({ dropped: 3 }, { dropped: 1 });
      expect(client.deliveryReport()).to.deep.equal(dropped);
      expect(await context.api.control.requests()).to.have.lengthOf(0);
    },
  },
  {
    name: "reports: analyticsUrl and eventsApiUrl get the key but no custom headers",
    async run(context) {
      const { elsewhere } = context;
      const client = createReportingClient(context, {
        analyticsUrl: `${elsewhere.url}analytics/flags/`,
        eventsApiUrl: elsewhere.origin,
      });
      await evaluateFlags(client);
      client.trackEvent("checkout");
      await client.close();
      expect(await listReportRequests(context)).to.have.lengthOf(0);
      const requests = await elsewhere.control.requests();
      const paths = ["/api/v1/analytics/flags/", "/v1/events"];
      expect(requests.map(({ path }) => path)).to.have.members(paths);
      for (const { headers } of requests) {
        expect(headers).to.include({ "x-environment-key": environmentKey });
        expect(headers).not.to.have.property("x-secret");
      }
      const accepted = createDeliveryReport({ accepted: 3 }, { accepted: 1 });
      expect(client.deliveryReport()).to.deep.equal(accepted);
    },
  },
  {
    name: "reports: rejected reports are dropped, with one warning without secrets",
    async run(context) {
      const { control } = context.api;
      const warnings: string[] = [];
      const logger = { warn: (line: string) => warnings.push(line), error: () => undefined };
      const client = createReportingClient(context, { logger, enableEvents: false });
      for (const status of [400, 401, 403, 404]) {
        await control.failNext(1, { kind: "status", status, path: "analytics" });
        (await client.getEnvironmentFlags()).isFeatureEnabled("dark_mode");
        await client.flush();
      }
      await client.close();
      expect(client.deliveryReport()).to.deep.equal(createDeliveryReport({ dropped: 4 }));
      expect(await control.acceptedAnalytics()).to.deep.equal({});
      expect(warnings).to.have.lengthOf(1);
      expect(warnings.join()).to.include("400");
      expect(warnings.join()).not.to.include(environmentKey).and.not.to.include(secretHeader);
    },
  },
  {
    name: "reports: Retry-After delays flush() but not close()",
    async run(context) {
      const { control } = context.api;
      const client = createReportingClient(context);
      await evaluateFlags(client);
      const fault = { kind: "status", status: 429, retryAfter: "3600", path: "analytics" } as const;
      await control.failNext(1, fault);
      await client.flush();
      await client.flush();
      expect(await listReportRequests(context)).to.have.lengthOf(1);
      await client.close();
      expect(await control.acceptedAnalytics()).to.deep.equal(evaluationCounts);
    },
  },
  {
    name: "reports: close() makes one attempt, counts what is lost and sends nothing later",
    mostlyWaits: true,
    async run(context) {
      const { control } = context.api;
      const options = { enableLocalEvaluation: true, ...shortTimeout };
      const client = createReportingClient(context, options);
      await evaluateFlags(client);
      client.trackEvent("checkout");
      await control.failNext(99, { kind: "hang" });
      await client.close();
      const lost = { dropped: 3, unconfirmed: 3 };
      const lostEvents = { dropped: 1, unconfirmed: 1 };
      expect(client.deliveryReport()).to.deep.equal(createDeliveryReport(lost, lostEvents));
      const requests = await listReportRequests(context);
      expect(requests.map(({ path }) => path)).to.have.members([
        "/api/v1/analytics/flags/",
        "/v1/events",
      ]);
      const { length } = await control.requests();
      await evaluateFlags(client);
      await client.flush();
      expect(await control.requests()).to.have.lengthOf(length);
      const error = await captureRejection((async () => client.trackEvent("late"))());
      expect(error).to.be.instanceOf(context.adapter.FlagsmithClientError);
      expect(error).to.include({ code: "CLOSED" });
    },
  },
  {
    name: "reports: an `await using` block ends with a flush",
    async run(context) {
      const client = createReportingClient(context);
      await evaluateFlags(client);
      await client[Symbol.asyncDispose]();
      expect(await context.api.control.acceptedAnalytics()).to.deep.equal(evaluationCounts);
      expect(await captureRejection(client.getEnvironmentFlags())).to.include({ code: "CLOSED" });
    },
  },
];
