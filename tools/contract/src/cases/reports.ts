import type { DeliveryReport, FlagEvaluation, FlagsmithOptions } from "@flagsmith-isomorphic/core";
import type { Fault, ReceivedRequest } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import {
  type ClientOptions,
  captureRejection,
  createClient,
  environmentKey,
  experimentIdentifier,
  secretHeader,
} from "../client.ts";
import { createMemoryStorage, until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";

/** Options of a client that sends all reports. */
export function reportingOptions(
  { api }: ContractContext,
  options: ClientOptions = {},
): ClientOptions {
  return { enableAnalytics: true, enableEvents: true, eventsApiUrl: api.origin, ...options };
}

/** Creates a client that sends all reports. */
export function createReportingClient(context: ContractContext, options?: ClientOptions) {
  return createClient(context, reportingOptions(context, options));
}

/** The same, whose requests the API receives no more often than the client sends them. */
export function createOnceClient(context: ContractContext) {
  const { onceUrl } = context.api;
  const eventsApiUrl = new URL(onceUrl).origin;
  return createReportingClient(context, { apiUrl: onceUrl, eventsApiUrl });
}

const none = { accepted: 0, pending: 0, dropped: 0, unconfirmed: 0 };

/** Counts that are zero but for those given. */
export function reportOf(
  analytics: Partial<DeliveryReport["analytics"]>,
  events: Partial<DeliveryReport["events"]> = {},
): DeliveryReport {
  return { analytics: { ...none, ...analytics }, events: { ...none, ...events } };
}

async function reportRequests({ api }: ContractContext): Promise<readonly ReceivedRequest[]> {
  const requests = await api.control.requests();
  return requests.filter(({ path }) => path.includes("analytics") || path.includes("events"));
}

/** Evaluates four times, twice of them for default flags. */
async function evaluate(client: ReturnType<typeof createClient>): Promise<void> {
  const flags = await client.getEnvironmentFlags();
  flags.isFeatureEnabled("dark_mode");
  flags.getFeatureValue("max_items");
  flags.isFeatureEnabled("made_up");
  const own = await client.getIdentityFlags("user-1", { plan: "gold" });
  own.getFlag("max_items");
  own.getFlag("made_up");
}

const counts = { dark_mode: 1, max_items: 2 };

/** What may befall a report, whether the API has taken it, and whether the client knows that it has not. */
const passing: readonly (readonly [fault: Fault, isTaken: boolean, isKnown: boolean])[] = [
  [{ kind: "status", status: 408 }, false, false],
  [{ kind: "status", status: 425 }, false, true],
  [{ kind: "status", status: 429, retryAfter: "0" }, false, true],
  [{ kind: "status", status: 500, html: true }, false, false],
  [{ kind: "status", status: 503 }, false, false],
  [{ kind: "hang" }, false, false],
  [{ kind: "reset" }, false, false],
  [{ kind: "slowHead", delayMs: 1000 }, true, false],
  [{ kind: "lostResponse", how: "hang" }, true, false],
  [{ kind: "lostResponse", how: "reset" }, true, false],
];

function mergingBack(
  [fault, isTaken, isKnown]: (typeof passing)[number],
  what: "analytics" | "events",
): ContractCase {
  const { kind, ...details } = fault;
  return {
    name: `reports: ${what} that meet ${kind} ${JSON.stringify(details)} are merged back and sent again`,
    async run(context) {
      const path = what === "analytics" ? "analytics/flags" : "v1/events";
      const client = createOnceClient(context);
      const flags = await client.getEnvironmentFlags();
      const make = () => {
        if (what === "analytics") flags.isFeatureEnabled("dark_mode");
        else client.trackEvent("checkout");
      };
      const taken = async () =>
        what === "analytics"
          ? ((await context.api.control.acceptedAnalytics())["dark_mode"] ?? 0)
          : (await context.api.control.acceptedEvents()).length;
      make();
      await context.api.control.failNext(1, { ...fault, path });
      const flushed = client.flush();
      make();
      await flushed;
      const unconfirmed = isKnown ? 0 : 1;
      expect(client.deliveryReport()[what]).to.deep.equal({ ...none, pending: 2, unconfirmed });
      expect(await taken()).to.equal(isTaken ? 1 : 0);
      await client.close();
      expect(client.deliveryReport()[what]).to.deep.equal({ ...none, accepted: 2, unconfirmed });
      expect(await taken()).to.equal(isTaken ? 3 : 2);
    },
  };
}

/** Feature analytics, events and experiments, and the hook for evaluations. */
export const reportCases: readonly ContractCase[] = [
  ...passing.map((each) => mergingBack(each, "analytics")),
  ...passing.map((each) => mergingBack(each, "events")),
  ...[false, true].map((enableLocalEvaluation): ContractCase => {
    const mode = enableLocalEvaluation ? "local" : "remote";
    return {
      name: `reports: ${mode} evaluations are counted, and reported on flush() and close()`,
      async run(context) {
        const client = createReportingClient(context, { enableLocalEvaluation });
        await evaluate(client);
        expect(client.deliveryReport()).to.deep.equal(reportOf({ pending: 3 }));
        await client.flush();
        expect(await context.api.control.acceptedAnalytics()).to.deep.equal(counts);
        await evaluate(client);
        await client.close();
        expect(await context.api.control.acceptedAnalytics()).to.deep.equal({
          dark_mode: 2,
          max_items: 4,
        });
        expect(client.deliveryReport()).to.deep.equal(reportOf({ accepted: 6 }));
        await client.close();
        expect(await reportRequests(context)).to.have.lengthOf(2);
      },
    };
  }),
  {
    name: "reports: counts have the form that the server is on record as accepting",
    async run(context) {
      const client = createReportingClient(context, {
        applicationMetadata: { name: "lab", version: "1.2.3" },
      });
      await evaluate(client);
      await client.close();
      const [request, ...more] = await reportRequests(context);
      expect(more).to.have.lengthOf(0);
      expect(request).to.include({ method: "POST", path: "/api/v1/analytics/flags/", search: "" });
      expect(JSON.parse(request?.body ?? "")).to.deep.equal(counts);
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
    name: "reports: nothing is counted or sent unless it is enabled, and offline nothing ever is",
    async run(context) {
      const plain = createClient(context);
      await evaluate(plain);
      await plain.close();
      expect(plain.deliveryReport()).to.deep.equal(reportOf({}));
      expect(await reportRequests(context)).to.have.lengthOf(0);
      await context.api.control.clearRequests();
      const document = await context.api.control.document();
      const offline = createReportingClient(context, {
        offlineMode: true,
        offlineHandler: { getEnvironment: () => document },
      });
      await evaluate(offline);
      offline.trackEvent("checkout");
      await offline.close();
      expect(offline.deliveryReport()).to.deep.equal(reportOf({ dropped: 3 }, { dropped: 1 }));
      expect(await context.api.control.requests()).to.have.lengthOf(0);
    },
  },
  {
    name: "reports: counts go to analyticsUrl, and events to eventsApiUrl, with the key and without custom headers",
    async run(context) {
      const client = createReportingClient(context, {
        analyticsUrl: `${context.elsewhere.url}analytics/flags/`,
        eventsApiUrl: context.elsewhere.origin,
      });
      await evaluate(client);
      client.trackEvent("checkout");
      await client.close();
      expect(await reportRequests(context)).to.have.lengthOf(0);
      const requests = await context.elsewhere.control.requests();
      expect(requests.map(({ path }) => path)).to.have.members([
        "/api/v1/analytics/flags/",
        "/v1/events",
      ]);
      for (const { headers } of requests) {
        expect(headers).to.include({ "x-environment-key": environmentKey });
        expect(headers).not.to.have.property("x-secret");
      }
      expect(client.deliveryReport()).to.deep.equal(reportOf({ accepted: 3 }, { accepted: 1 }));
    },
  },
  {
    name: "reports: what is refused is dropped, counted and warned of once, without a secret",
    async run(context) {
      const lines: string[] = [];
      const logger = { warn: (line: string) => lines.push(line), error: () => undefined };
      const client = createReportingClient(context, { logger, enableEvents: false });
      for (const status of [400, 401, 403, 404]) {
        await context.api.control.failNext(1, { kind: "status", status, path: "analytics" });
        (await client.getEnvironmentFlags()).isFeatureEnabled("dark_mode");
        await client.flush();
      }
      await client.close();
      expect(client.deliveryReport()).to.deep.equal(reportOf({ dropped: 4 }));
      expect(await context.api.control.acceptedAnalytics()).to.deep.equal({});
      expect(lines).to.have.lengthOf(1);
      expect(lines.join()).to.include("400");
      expect(lines.join()).not.to.include(environmentKey).and.not.to.include(secretHeader);
    },
  },
  {
    name: "reports: Retry-After delays the next flush, but not the last",
    async run(context) {
      const client = createReportingClient(context);
      await evaluate(client);
      const fault = { kind: "status", status: 429, retryAfter: "60", path: "analytics" } as const;
      await context.api.control.failNext(1, fault);
      await client.flush();
      await client.flush();
      expect(await reportRequests(context)).to.have.lengthOf(1);
      await client.close();
      expect(await context.api.control.acceptedAnalytics()).to.deep.equal(counts);
    },
  },
  {
    name: "reports: close() gives up by its deadline, says what is lost, and leaves nothing to be sent",
    async run(context) {
      const client = createReportingClient(context, { enableLocalEvaluation: true });
      await evaluate(client);
      client.trackEvent("checkout");
      await context.api.control.failNext(2, { kind: "hang" });
      const begin = Date.now();
      await client.close();
      expect(Date.now() - begin).to.be.below(2000);
      const lost = reportOf({ dropped: 3, unconfirmed: 3 }, { dropped: 1, unconfirmed: 1 });
      expect(client.deliveryReport()).to.deep.equal(lost);
      const { length } = await context.api.control.requests();
      await evaluate(client);
      await client.flush();
      expect(await context.api.control.requests()).to.have.lengthOf(length);
      let error: unknown;
      try {
        client.trackEvent("late");
      } catch (thrown) {
        error = thrown;
      }
      expect(error).to.be.instanceOf(context.adapter.FlagsmithClientError);
      expect(error).to.include({ code: "CLOSED" });
    },
  },
  {
    name: "reports: an `await using` block ends with a flush",
    async run(context) {
      const client = createReportingClient(context);
      await evaluate(client);
      await client[Symbol.asyncDispose]();
      expect(await context.api.control.acceptedAnalytics()).to.deep.equal(counts);
      expect(await captureRejection(client.getEnvironmentFlags())).to.include({ code: "CLOSED" });
    },
  },
  {
    name: "events: an event and the exposure of whoever is in an experiment, in the official form",
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
      await client.getExperimentFlag("max_items", "user-1");
      await client.close();
      const [request] = await reportRequests(context);
      expect(request).to.include({ method: "POST", path: "/v1/events" });
      expect(request?.headers).to.include({
        "content-type": "application/json; charset=utf-8",
        "x-environment-key": environmentKey,
      });
      const [checkout, exposure, ...more] = await context.api.control.acceptedEvents();
      expect(more).to.have.lengthOf(0);
      const own = /^flagsmith-isomorphic-[a-z]+\/(.*)$/;
      const version = own.exec(request?.headers["flagsmith-sdk-user-agent"] ?? "")?.[1];
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
    name: "events: local evaluation sends no exposure of its own, only those that it is told of",
    async run(context) {
      const client = createReportingClient(context, { enableLocalEvaluation: true });
      await client.getExperimentFlag("max_items", experimentIdentifier);
      await client.flush();
      expect(await context.api.control.acceptedEvents()).to.have.lengthOf(0);
      client.trackExposureEvent("max_items", { identifier: "someone", value: "many" });
      client.trackExposureEvent("max_items", { identifier: "someone", value: "many" });
      await client.close();
      expect(await context.api.control.acceptedEvents()).to.have.lengthOf(1);
    },
  },
  {
    name: "hook: each answer is told with its source, and a hook that throws harms nobody",
    async run(context) {
      const told: FlagEvaluation[] = [];
      const onFlagEvaluated = (evaluation: FlagEvaluation) => {
        told.push(evaluation);
        throw new Error("the user's own");
      };
      const values = new Map<string, unknown>();
      const cache = {
        get: (key: string) => values.get(key),
        set: (key: string, value: unknown) => void values.set(key, value),
      };
      const storage = createMemoryStorage();
      const document = await context.api.control.document();
      const offlineHandler = { getEnvironment: () => document };
      const ask = async (options: Partial<FlagsmithOptions>, feature = "max_items") => {
        const client = createClient(context, { onFlagEvaluated, ...options });
        (await client.getIdentityFlags("user-1")).getFeatureValue(feature);
        await client.close();
      };
      await ask({ cache });
      await ask({ cache });
      const local = { enableLocalEvaluation: true, storage };
      const first = createClient(context, { onFlagEvaluated, ...local });
      (await first.getIdentityFlags("user-1")).getFeatureValue("max_items");
      // The document is stored in the background.
      await until(async () => storage.values.size > 0);
      await first.close();
      await ask(local);
      await ask({ offlineMode: true, offlineHandler });
      await ask({}, "made_up");
      expect(told.map(({ source }) => source)).to.deep.equal([
        "remote",
        "cache",
        "local",
        "storage",
        "offline",
        "default",
      ]);
      const [{ durationMs, ...rest } = { durationMs: Number.NaN }] = told;
      expect(rest).to.deep.equal({
        featureName: "max_items",
        enabled: true,
        value: 25,
        reason: undefined,
        variant: null,
        identifier: "user-1",
        source: "remote",
      });
      if (durationMs !== undefined) expect(durationMs).to.be.above(0);
    },
  },
];
