import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { checkReport, type SoakReport } from "../src/soak/host/checks.ts";
import { withFaultyApi } from "../src/soak/host/faulty-api.ts";
import { executeSoak } from "../src/soak/host/run-soak.ts";
import type { SoakRun } from "../src/soak/host/soak-run.ts";
import type { ClientSummary } from "../src/soak/soak-client.ts";

const plan = { seconds: 6, seed: 1 };

const delivered = { accepted: 30, pending: 0, dropped: 0, unconfirmed: 0 };

const client: ClientSummary = {
  results: 10,
  evaluations: 30,
  events: 2,
  versions: [1, 2, 3],
  mixtures: [],
  errors: [],
  delivery: { analytics: delivered, events: { ...delivered, accepted: 2 } },
};

const goodReport: SoakReport = {
  runtime: "Node.js",
  api: {
    served: new Set([1, 2, 3]),
    newest: 3,
    requests: 10,
    faults: 2,
    acceptedAnalytics: 30,
    acceptedEvents: ["one 1", "one 2"],
  },
  clients: { one: client },
  outdated: [],
  late: [],
  unhandled: [],
  heapBytes: Array.from({ length: 12 }, () => 10_000_000),
  isDeliveryInFlight: false,
  figures: {},
  results: [{ name: "a check of this runtime" }],
};

const withClient = (change: Partial<ClientSummary>): Partial<SoakReport> => ({
  clients: { one: { ...client, ...change } },
});
const withApi = (change: Partial<SoakReport["api"]>): Partial<SoakReport> => ({
  api: { ...goodReport.api, ...change },
});

describe("a soak", () => {
  it.each<[string, (run: SoakRun) => Promise<void>]>([
    [
      "a callback",
      async (run) => {
        const callback = run.guard(() => {
          throw new Error("broken");
        });
        setTimeout(callback, 0);
        await run.waitUntil(() => false, 60_000);
      },
    ],
    [
      "a background task",
      async (run) => {
        void wait(0)
          .then(() => Promise.reject(new Error("broken")))
          .catch(run.fail);
        await run.waitUntil(() => false, 60_000);
      },
    ],
    [
      "the API",
      (run) =>
        withFaultyApi(run, async (api, { apiUrl }) => {
          api.handle = () => Promise.reject(new Error("broken"));
          await fetch(apiUrl);
        }),
    ],
    ["the soak", () => Promise.reject(new Error("broken"))],
  ])("has one failure if an error is thrown in %s", async (_place, fail) => {
    const { report, results } = await executeSoak("Node.js", plan, async (run) => {
      await fail(run);
      return goodReport;
    });
    expect(report).toBeUndefined();
    expect(results).toEqual([
      {
        name: "Node.js: the soak runs to its end",
        failure: expect.stringContaining("broken"),
      },
    ]);
  });

  it("keeps the first of several errors", async () => {
    const { results } = await executeSoak("Node.js", plan, async (run) => {
      run.fail(new Error("first"));
      run.fail(new Error("second"));
      return goodReport;
    });
    expect(results).toMatchObject([{ failure: expect.stringContaining("first") }]);
  });

  it("passes all checks with a good report", async () => {
    const { results } = await executeSoak("Node.js", plan, async () => goodReport);
    expect(results.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(results).toHaveLength(11);
  });
});

describe("the checks of a soak", () => {
  it.each<[string, Partial<SoakReport>]>([
    ["a mixed version", withClient({ mixtures: ["1 is mixed with 2"] })],
    ["an unserved version", withClient({ versions: [1, 2, 3, -1] })],
    ["an outdated result", { outdated: ["1 after 2"] }],
    ["a failed call", withClient({ errors: ["failed"] })],
    ["a late client", { late: ["one"] }],
    ["an unhandled rejection", { unhandled: ["rejection"] }],
    ["a growing heap", { heapBytes: [0, 0, 1e7, 1e7, 1.2e7, 1.2e7] }],
    ["too few heap samples", { heapBytes: [] }],
    ["too few versions", withClient({ versions: [1, 2] })],
    ["no faults", withApi({ faults: 0 })],
    ["lost evaluations", withApi({ acceptedAnalytics: 29 })],
    ["repeated evaluations that are not reported", withApi({ acceptedAnalytics: 31 })],
    ["a report whose sum is wrong", withClient({ evaluations: 27 })],
    ["a lost event behind a repeated one", withApi({ acceptedEvents: ["one 1", "one 1"] })],
    ["a check of the runtime", { results: [{ name: "a check", failure: "failed" }] }],
  ])("find %s", (_problem, change) => {
    const failed = checkReport({ ...goodReport, ...change }).filter(
      ({ failure }) => failure !== undefined,
    );
    expect(failed).toHaveLength(1);
  });

  it("allow for repeated evaluations that are reported as unconfirmed", () => {
    const delivery = { ...client.delivery, analytics: { ...delivered, unconfirmed: 5 } };
    const report = { ...goodReport, ...withClient({ delivery }) };
    const results = checkReport({ ...report, ...withApi({ acceptedAnalytics: 35 }) });
    expect(results.filter(({ failure }) => failure !== undefined)).toEqual([]);
  });
});
