import { expect, it } from "vitest";
import type { Flags } from "../../src/flags/flags.ts";
import { offlineHandlerWith, storageWith } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  client,
  environmentKey,
  fakePlatform,
  json,
  localClient,
  recordingLogger,
  reset,
  settle,
  status,
} from "../fake-platform.ts";
import { request } from "./fake-delivery.ts";
import { reportingIsolate, reportingPlatform, reportWith } from "./fake-reports.ts";

allowNoUnhandledRejection();

const enableAnalytics = true;

/** Three evaluations that count, and none that do not. */
function evaluate(flags: Flags): void {
  flags.isFeatureEnabled("banner");
  flags.getFeatureValue("banner");
  flags.getFlag("banner");
  flags.isFeatureEnabled("unknown");
  flags.getFeatureValue("unknown");
  flags.getFlag("unknown");
  flags.allFlags();
  JSON.stringify(flags);
}

it("counts isFeatureEnabled, getFeatureValue and getFlag, for identities and the environment, and no default flag", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, { enableAnalytics });
  evaluate(await flagsmith.getEnvironmentFlags());
  evaluate(await flagsmith.getIdentityFlags("user"));
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ analytics: { pending: 6 } }));
  await flagsmith.flush();
  expect(platform.bodies()).toEqual([{ banner: 6 }]);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ analytics: { accepted: 6 } }));
});

it("counts nothing and sends nothing unless it is told to", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform);
  evaluate(await flagsmith.getEnvironmentFlags());
  await flagsmith.flush();
  await flagsmith.close();
  expect(platform.bodies()).toEqual([]);
  expect(platform.clock.delays).toEqual([]);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({}));
});

it("counts in local evaluation: clients, requests and snapshots", async () => {
  const platform = reportingPlatform();
  const flagsmith = localClient(platform, { enableAnalytics });
  const scope = flagsmith.forRequest();
  const snapshot = await flagsmith.getSnapshot();
  evaluate(await flagsmith.getEnvironmentFlags());
  evaluate(await flagsmith.getIdentityFlags("user"));
  evaluate(await scope.getIdentityFlags("user"));
  evaluate((await scope.getSnapshot()).environmentFlags());
  evaluate(snapshot.environmentFlags());
  evaluate(snapshot.identityFlags("user"));
  await flagsmith.getIdentitySegments("user");
  snapshot.identitySegments("user");
  await flagsmith.close();
  expect(platform.bodies()).toEqual([{ banner: 18 }]);
});

it("counts what the cache, the storage and the offline handler answer", async () => {
  const platform = reportingPlatform();
  const values = new Map<string, unknown>();
  const cache = {
    get: (key: string) => values.get(key),
    set: (key: string, value: unknown) => void values.set(key, value),
  };
  const cached = client(platform, { enableAnalytics, cache });
  evaluate(await cached.getEnvironmentFlags());
  evaluate(await cached.getEnvironmentFlags());
  await cached.flush();
  const stored = localClient(platform, { enableAnalytics, storage: storageWith(0) });
  evaluate(await stored.getEnvironmentFlags());
  await stored.close();
  expect(platform.bodies()).toEqual([{ banner: 6 }, { banner: 3 }]);

  const failing = fakePlatform(({ url }) =>
    url.includes("analytics") ? status(200) : status(403),
  );
  const offlineHandler = offlineHandlerWith();
  const fallen = localClient(failing, { enableAnalytics, offlineHandler });
  evaluate(await fallen.getEnvironmentFlags());
  await fallen.close();
  expect(failing.requests.at(-1)?.body).toBe('{"banner":3}');
});

it("counts no default flag that stands in for an API that fails", async () => {
  const platform = fakePlatform(() => status(403));
  const defaultFlagHandler = () => ({ enabled: true });
  const flagsmith = client(platform, { enableAnalytics, defaultFlagHandler });
  evaluate(await flagsmith.getEnvironmentFlags());
  await flagsmith.close();
  expect(flagsmith.deliveryReport()).toEqual(reportWith({}));
  expect(platform.requests).toHaveLength(1);
});

it("sends the form that the API takes, with the key, our name and the application's headers", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, {
    enableAnalytics,
    customHeaders: { "X-Secret": "s3cret" },
    applicationMetadata: { name: "shop", version: "1.2.3" },
  });
  evaluate(await flagsmith.getEnvironmentFlags());
  await flagsmith.flush();
  const [sent] = platform.reports();
  expect(sent).toMatchObject({
    url: "https://flags.example/api/v1/analytics/flags/",
    method: "POST",
    body: '{"banner":3}',
  });
  expect(sent?.headers).toMatchObject({
    "x-environment-key": environmentKey,
    "content-type": "application/json",
    "x-secret": "s3cret",
    "flagsmith-application-name": "shop",
    "flagsmith-application-version": "1.2.3",
  });
});

it("sends the counts of an Edge Proxy's user where it is told: with the key, without the custom headers", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, {
    enableAnalytics,
    customHeaders: { "X-Secret": "s3cret" },
    analyticsUrl: "https://analytics.example/api/v1/analytics/flags/",
  });
  evaluate(await flagsmith.getEnvironmentFlags());
  await flagsmith.flush();
  const [sent] = platform.reports();
  expect(sent?.url).toBe("https://analytics.example/api/v1/analytics/flags/");
  expect(sent?.headers).toMatchObject({ "x-environment-key": environmentKey });
  expect(sent?.headers).not.toHaveProperty("x-secret");
});

it("takes analyticsUrl as it is, and names it where it is wrong", async () => {
  const platform = reportingPlatform(() => status(404));
  const logger = recordingLogger();
  const analyticsUrl = "https://collector.example/v1/analytics";
  const flagsmith = client(platform, { enableAnalytics, analyticsUrl, logger });
  evaluate(await flagsmith.getEnvironmentFlags());
  await flagsmith.flush();
  expect(platform.reports()[0]?.url).toBe(analyticsUrl);
  expect(logger.warnings.join()).toContain("check analyticsUrl");
});

it("goes through the user's fetch, once, within the timeout", async () => {
  const platform = reportingPlatform();
  const other = fakePlatform(({ url, signal }) =>
    url.includes("analytics")
      ? new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)))
      : json([{ feature: { id: 1, name: "banner" }, feature_state_value: 1, enabled: true }]),
  );
  const flagsmith = client(platform, {
    enableAnalytics,
    fetch: other.fetch,
    requestTimeoutSeconds: 3,
    retries: 5,
  });
  evaluate(await flagsmith.getEnvironmentFlags());
  const before = platform.clock.now();
  await platform.clock.run(flagsmith.flush());
  expect(platform.clock.now() - before).toBe(3000);
  expect([other.requests.length, platform.requests.length]).toEqual([2, 0]);
  expect(flagsmith.deliveryReport()).toEqual(
    reportWith({ analytics: { pending: 3, unconfirmed: 3 } }),
  );
});

it("sends every ten seconds by itself, and nothing where nothing was evaluated", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, { enableAnalytics });
  const flags = await flagsmith.getEnvironmentFlags();
  evaluate(flags);
  await platform.clock.advance(11_000);
  evaluate(flags);
  await platform.clock.advance(11_000);
  await platform.clock.advance(60_000);
  expect(platform.bodies()).toEqual([{ banner: 3 }, { banner: 3 }]);
  expect(platform.clock.pending).toBe(0);
});

it("merges back what failed, with what was evaluated during the flush", async () => {
  let fail = () => {};
  const platform = reportingPlatform((_request, count) =>
    count === 1
      ? new Promise((_, reject) => {
          fail = () => reject(new TypeError("reset"));
        })
      : status(200),
  );
  const flagsmith = client(platform, { enableAnalytics });
  const flags = await flagsmith.getEnvironmentFlags();
  evaluate(flags);
  const flushed = flagsmith.flush();
  await settle();
  evaluate(flags);
  fail();
  await flushed;
  expect(flagsmith.deliveryReport()).toEqual(
    reportWith({ analytics: { pending: 6, unconfirmed: 3 } }),
  );
  await flagsmith.flush();
  expect(platform.bodies()).toEqual([{ banner: 3 }, { banner: 6 }]);
  expect(flagsmith.deliveryReport()).toEqual(
    reportWith({ analytics: { accepted: 6, unconfirmed: 3 } }),
  );
});

it("holds no more than ten thousand names, and counts on for those that it knows", async () => {
  const names = Array.from({ length: 10_003 }, (_, index) => `feature ${index}`);
  const platform = fakePlatform(({ url }) =>
    url.includes("analytics")
      ? status(503)
      : json(names.map((name) => ({ feature: { name }, feature_state_value: 1, enabled: true }))),
  );
  const flagsmith = client(platform, { enableAnalytics });
  const flags = await flagsmith.getEnvironmentFlags();
  for (const name of names) flags.isFeatureEnabled(name);
  flags.isFeatureEnabled("feature 0");
  const { analytics } = flagsmith.deliveryReport();
  expect(analytics).toMatchObject({ pending: 10_001, dropped: 3 });
  const flushed = flagsmith.flush();
  flags.isFeatureEnabled("feature 10002");
  await flushed;
  expect(flagsmith.deliveryReport().analytics).toMatchObject({ pending: 10_001, dropped: 4 });
});

it("has room for names while others are on their way, and for ten thousand of those that come back", async () => {
  const names = Array.from({ length: 10_001 }, (_, index) => `feature ${index}`);
  let answer = (_response: Response) => {};
  const platform = fakePlatform(({ url }) =>
    url.includes("analytics")
      ? new Promise((resolve) => {
          answer = resolve;
        })
      : json(names.map((name) => ({ feature: { name }, feature_state_value: 1, enabled: true }))),
  );
  const flagsmith = client(platform, { enableAnalytics });
  const flags = await flagsmith.getEnvironmentFlags();
  for (const name of names.slice(0, 9999)) flags.isFeatureEnabled(name);
  const flushed = flagsmith.flush();
  await settle();
  flags.isFeatureEnabled("feature 9999");
  flags.isFeatureEnabled("feature 9999");
  flags.isFeatureEnabled("feature 10000");
  expect(flagsmith.deliveryReport().analytics).toMatchObject({ pending: 10_002, dropped: 0 });
  answer(status(503));
  await flushed;
  const { analytics } = flagsmith.deliveryReport();
  expect(analytics).toMatchObject({ accepted: 0, pending: 10_001, dropped: 1 });
});

it("counts features of every name", async () => {
  const names = ["__proto__", "constructor", "1", "名前", '"', "a b"];
  const platform = fakePlatform(({ url }) =>
    url.includes("analytics")
      ? status(200)
      : json(names.map((name) => ({ feature: { name }, feature_state_value: 1, enabled: true }))),
  );
  const flagsmith = client(platform, { enableAnalytics });
  const flags = await flagsmith.getEnvironmentFlags();
  for (const name of names) flags.isFeatureEnabled(name);
  await flagsmith.flush();
  const body: Record<string, number> = JSON.parse(platform.requests.at(-1)?.body ?? "");
  expect(Object.keys(body).sort()).toEqual([...names].sort());
});

it("tells the log of a failure once, without key, header or trait", async () => {
  const platform = reportingPlatform(() => {
    throw new TypeError(`failed for ${environmentKey} with s3cret`);
  });
  const logger = recordingLogger();
  const flagsmith = client(platform, {
    enableAnalytics,
    logger,
    customHeaders: { "X-Secret": "s3cret" },
  });
  for (let count = 0; count < 3; count++) {
    evaluate(await flagsmith.getIdentityFlags("someone", { plan: "tr4it" }));
    await flagsmith.flush();
  }
  const lines = logger.warnings.filter((line) => line.includes("Feature analytics"));
  expect(lines).toHaveLength(1);
  for (const secret of [environmentKey, "s3cret", "tr4it", "someone"]) {
    expect(logger.warnings.join()).not.toContain(secret);
  }
});

it("says once that an Edge Proxy takes no analytics, and goes on", async () => {
  const platform = reportingPlatform(() => status(404));
  const logger = recordingLogger();
  const flagsmith = client(platform, { enableAnalytics, logger });
  const flags = await flagsmith.getEnvironmentFlags();
  for (let count = 0; count < 4; count++) {
    flags.isFeatureEnabled("banner");
    await platform.clock.advance(11_000);
  }
  expect(logger.warnings).toEqual([expect.stringContaining("status 404")]);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ analytics: { dropped: 4 } }));
});

it("offline counts what is evaluated as dropped, and asks nobody", async () => {
  const platform = reportingPlatform(reset);
  const offlineHandler = offlineHandlerWith();
  const flagsmith = localClient(platform, { enableAnalytics, offlineMode: true, offlineHandler });
  evaluate(await flagsmith.getEnvironmentFlags());
  await flagsmith.flush();
  await flagsmith.close();
  expect(platform.requests).toEqual([]);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ analytics: { dropped: 3 } }));
});

it("in an isolate sends under the waitUntil of the request that evaluates, or of the client", async () => {
  const isolate = reportingIsolate();
  const flagsmith = client(isolate, { enableAnalytics });
  evaluate(await flagsmith.getEnvironmentFlags());
  evaluate(await flagsmith.forRequest().getEnvironmentFlags());
  await isolate.clock.advance(60_000);
  expect(isolate.bodies()).toEqual([]);
  const { work, waitUntil } = request();
  evaluate(await flagsmith.forRequest({ waitUntil }).getEnvironmentFlags());
  await isolate.clock.advance(500);
  await Promise.all(work);
  expect(isolate.bodies()).toEqual([{ banner: 9 }]);

  const own = request();
  const other = client(isolate, { enableAnalytics, waitUntil: own.waitUntil });
  evaluate(await other.getEnvironmentFlags());
  await isolate.clock.advance(500);
  await Promise.all(own.work);
  expect(isolate.bodies()).toEqual([{ banner: 9 }, { banner: 3 }]);
});

it("in an isolate counts local evaluations under the request's waitUntil", async () => {
  const isolate = reportingIsolate();
  const flagsmith = localClient(isolate, { enableAnalytics });
  await flagsmith.ready();
  const { work, waitUntil } = request();
  evaluate(await flagsmith.forRequest({ waitUntil }).getIdentityFlags("user"));
  await isolate.clock.advance(500);
  await Promise.all(work);
  expect(isolate.bodies()).toEqual([{ banner: 3 }]);
});
