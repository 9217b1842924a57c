import { expect, it } from "vitest";
import type { Flags } from "../../src/flags/flags.ts";
import { EvaluationCounter } from "../../src/reporting/evaluation-counter.ts";
import { mapCache } from "../evaluation/fake-cache.ts";
import { offlineHandlerWith, storageWith } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  apiFlag,
  client,
  deferredResponse,
  environmentKey,
  fakePlatform,
  hang,
  json,
  localClient,
  type Responder,
  recordingLogger,
  reset,
  settle,
  status,
} from "../fake-platform.ts";
import { fakeDelivery, request } from "./fake-delivery.ts";
import {
  failingOncePlatform,
  reportingIsolate,
  reportingPlatform,
  reportWith,
} from "./fake-reports.ts";

allowNoUnhandledRejection();

const enableAnalytics = true;

/** Makes three evaluations that count. Default flags and lists do not count. */
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

it("counts reads of known features, for the environment and for identities", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, { enableAnalytics });
  evaluate(await flagsmith.getEnvironmentFlags());
  evaluate(await flagsmith.getIdentityFlags("user"));
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ analytics: { pending: 6 } }));
  await flagsmith.flush();
  expect(platform.bodies()).toEqual([{ banner: 6 }]);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ analytics: { accepted: 6 } }));
});

it("counts and sends nothing by default", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform);
  evaluate(await flagsmith.getEnvironmentFlags());
  await flagsmith.flush();
  await flagsmith.close();
  expect(platform.bodies()).toEqual([]);
  expect(platform.clock.delays).toEqual([]);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({}));
});

it("counts local evaluations of clients, requests and snapshots", async () => {
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

it("counts flags from the cache and from the storage", async () => {
  const platform = reportingPlatform();
  const cached = client(platform, { enableAnalytics, cache: mapCache() });
  evaluate(await cached.getEnvironmentFlags());
  evaluate(await cached.getEnvironmentFlags());
  await cached.flush();
  const stored = localClient(platform, { enableAnalytics, storage: storageWith(0) });
  evaluate(await stored.getEnvironmentFlags());
  await stored.close();
  expect(platform.bodies()).toEqual([{ banner: 6 }, { banner: 3 }]);
});

it("counts flags from the offline handler", async () => {
  const platform = fakePlatform(({ url }) =>
    url.includes("analytics") ? status(200) : status(403),
  );
  const offlineHandler = offlineHandlerWith();
  const flagsmith = localClient(platform, { enableAnalytics, offlineHandler });
  evaluate(await flagsmith.getEnvironmentFlags());
  await flagsmith.close();
  expect(platform.requests.at(-1)?.body).toBe('{"banner":3}');
});

it("does not count default flags during an outage", async () => {
  const platform = fakePlatform(() => status(403));
  const defaultFlagHandler = () => ({ enabled: true });
  const flagsmith = client(platform, { enableAnalytics, defaultFlagHandler });
  evaluate(await flagsmith.getEnvironmentFlags());
  await flagsmith.close();
  expect(flagsmith.deliveryReport()).toEqual(reportWith({}));
  expect(platform.requests).toHaveLength(1);
});

it("sends the counts as JSON, with the key and the custom headers", async () => {
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

it("sends no custom headers to an analyticsUrl on another origin", async () => {
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

it("uses analyticsUrl unchanged and names it after a 404", async () => {
  const platform = reportingPlatform(() => status(404));
  const logger = recordingLogger();
  const analyticsUrl = "https://collector.example/v1/analytics";
  const flagsmith = client(platform, { enableAnalytics, analyticsUrl, logger });
  evaluate(await flagsmith.getEnvironmentFlags());
  await flagsmith.flush();
  expect(platform.reports()[0]?.url).toBe(analyticsUrl);
  expect(logger.warnings.join()).toContain("check analyticsUrl");
});

it("makes one attempt through the fetch option, within the request timeout", async () => {
  const platform = reportingPlatform();
  const other = fakePlatform(({ url, signal }) =>
    url.includes("analytics") ? hang({ signal }) : json([apiFlag("banner")]),
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

it("sends every 10 s, but nothing without new evaluations", async () => {
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

it("adds the counts of a failed batch to newer ones", async () => {
  const platform = failingOncePlatform();
  const flagsmith = client(platform, { enableAnalytics });
  const flags = await flagsmith.getEnvironmentFlags();
  evaluate(flags);
  const flushed = flagsmith.flush();
  await settle();
  evaluate(flags);
  platform.fail();
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

/** A platform whose API has these features. */
function platformWith(names: readonly string[], receive: Responder) {
  const flags = names.map((name) => apiFlag(name));
  return fakePlatform((request, count) =>
    request.url.includes("analytics") ? receive(request, count) : json(flags),
  );
}

it("queues at most 10,000 names, and still counts known ones", async () => {
  const names = Array.from({ length: 10_003 }, (_, index) => `feature ${index}`);
  const platform = platformWith(names, () => status(503));
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

it("accepts new names during an attempt, and requeues at most 10,000", async () => {
  const names = Array.from({ length: 10_001 }, (_, index) => `feature ${index}`);
  const { response, respond } = deferredResponse();
  const platform = platformWith(names, () => response);
  const flagsmith = client(platform, { enableAnalytics });
  const flags = await flagsmith.getEnvironmentFlags();
  for (const name of names.slice(0, 9999)) flags.isFeatureEnabled(name);
  const flushed = flagsmith.flush();
  await settle();
  flags.isFeatureEnabled("feature 9999");
  flags.isFeatureEnabled("feature 9999");
  flags.isFeatureEnabled("feature 10000");
  expect(flagsmith.deliveryReport().analytics).toMatchObject({ pending: 10_002, dropped: 0 });
  respond(status(503));
  await flushed;
  const { analytics } = flagsmith.deliveryReport();
  expect(analytics).toMatchObject({ accepted: 0, pending: 10_001, dropped: 1 });
});

it("counts features with unusual names", async () => {
  const names = ["__proto__", "constructor", "1", "名前", '"', "a b"];
  const platform = platformWith(names, () => status(200));
  const flagsmith = client(platform, { enableAnalytics });
  const flags = await flagsmith.getEnvironmentFlags();
  for (const name of names) flags.isFeatureEnabled(name);
  await flagsmith.flush();
  const body: Record<string, number> = JSON.parse(platform.requests.at(-1)?.body ?? "");
  expect(Object.keys(body).sort()).toEqual([...names].sort());
});

it("logs a failure once, without key, header or trait", async () => {
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

it("logs once that an Edge Proxy has no analytics endpoint", async () => {
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

it("offline mode counts evaluations as dropped and sends nothing", async () => {
  const platform = reportingPlatform(reset);
  const offlineHandler = offlineHandlerWith();
  const flagsmith = localClient(platform, { enableAnalytics, offlineMode: true, offlineHandler });
  evaluate(await flagsmith.getEnvironmentFlags());
  await flagsmith.flush();
  await flagsmith.close();
  expect(platform.requests).toEqual([]);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ analytics: { dropped: 3 } }));
});

it("an isolate sends under the waitUntil of the request or of the client", async () => {
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

it("an isolate sends local evaluations under the request's waitUntil", async () => {
  const isolate = reportingIsolate();
  const flagsmith = localClient(isolate, { enableAnalytics });
  await flagsmith.ready();
  const { work, waitUntil } = request();
  evaluate(await flagsmith.forRequest({ waitUntil }).getIdentityFlags("user"));
  await isolate.clock.advance(500);
  await Promise.all(work);
  expect(isolate.bodies()).toEqual([{ banner: 3 }]);
});

it("a full queue takes back the counts of features that it knows", () => {
  const delivery = fakeDelivery().delivery as unknown as EvaluationCounter["delivery"];
  const counter = new EvaluationCounter(() => delivery);
  for (let index = 0; index < 10_000; index++) counter.count(`feature_${index}`, undefined);
  const failed = new Map([
    ["feature_1", 2],
    ["other", 3],
  ]);
  expect(counter.requeue(failed)).toBe(3);
  expect(counter.size()).toBe(10_002);
});
