import { expect, it } from "vitest";
import { Flagsmith } from "../../src/flagsmith.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  client,
  deferredResponse,
  hangDeaf,
  localClient,
  recordingLogger,
  settle,
  status,
} from "../fake-platform.ts";
import { eventsApiUrl, reportingIsolate, reportingPlatform, reportWith } from "./fake-reports.ts";

allowNoUnhandledRejection();

const options = { enableAnalytics: true, enableEvents: true, eventsApiUrl };

it("flush() and close() do nothing without items", async () => {
  const platform = reportingPlatform();
  for (const flagsmith of [client(platform), client(platform, options), localClient(platform)]) {
    expect(await flagsmith.flush()).toBeUndefined();
    expect(await flagsmith.close()).toBeUndefined();
    expect(await flagsmith.flush()).toBeUndefined();
    expect(await flagsmith.close()).toBeUndefined();
    expect(flagsmith.deliveryReport()).toEqual(reportWith({}));
  }
  expect(platform.requests).toEqual([]);
  expect(platform.clock.pending).toBe(0);
});

it("close() sends counts and events and leaves no timer", async () => {
  const platform = reportingPlatform();
  const flagsmith = localClient(platform, options);
  (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  flagsmith.trackEvent("checkout");
  await flagsmith.close();
  expect(platform.reports().map(({ url }) => new URL(url).pathname)).toEqual([
    "/api/v1/analytics/flags/",
    "/v1/events",
  ]);
  expect(platform.clock.pending).toBe(0);
  expect(flagsmith.deliveryReport()).toEqual(
    reportWith({ analytics: { accepted: 1 }, events: { accepted: 1 } }),
  );
});

it("closes at the end of an `await using` block", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  await flagsmith[Symbol.asyncDispose]();
  expect(platform.bodies()).toEqual([{ banner: 1 }]);
  expect((await catchError(flagsmith.getEnvironmentFlags())).code).toBe("CLOSED");
  expect(typeof Flagsmith.prototype[Symbol.asyncDispose]).toBe("function");
});

it("close() ends after the timeout if fetch hangs and ignores its signal", async () => {
  const platform = reportingPlatform(hangDeaf);
  const flagsmith = client(platform, { ...options, requestTimeoutSeconds: 3 });
  (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  flagsmith.trackEvent("checkout");
  const before = platform.clock.now();
  await platform.clock.run(flagsmith.close());
  expect(platform.clock.now() - before).toBe(3000);
  expect(platform.clock.pending).toBe(0);
  expect(flagsmith.deliveryReport()).toEqual(
    reportWith({
      analytics: { dropped: 1, unconfirmed: 1 },
      events: { dropped: 1, unconfirmed: 1 },
    }),
  );
});

it("a report that times out names requestTimeoutSeconds, even if sending took time", async () => {
  const logger = recordingLogger();
  const platform = reportingPlatform(hangDeaf);
  const { clock } = platform;
  const { monotonicNow } = clock;
  const pass = () => {
    clock.freeze(1);
    return monotonicNow();
  };
  Object.assign(clock, { monotonicNow: pass });
  const flagsmith = client(platform, { ...options, requestTimeoutSeconds: 3, logger });
  flagsmith.trackEvent("checkout");
  await clock.run(flagsmith.flush());
  expect(logger.warnings).toEqual([
    expect.stringContaining("timed out after 3 s (requestTimeoutSeconds); will retry."),
  ]);
});

it("a report that needs almost its timeout is not sent again", async () => {
  const { response, respond } = deferredResponse();
  const { platform, clock, reports } = reportingIsolate(() => response);
  const flagsmith = client(platform, { ...options, requestTimeoutSeconds: 30 });
  flagsmith.trackEvent("checkout");
  const flushed = flagsmith.flush();
  await clock.advance(29_000);
  await flagsmith.flush();
  expect(reports()).toHaveLength(1);
  respond(status(202));
  await flushed;
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { accepted: 1 } }));
});

it("counts evaluations after close() as dropped and sends nothing", async () => {
  const platform = reportingPlatform(() => status(503));
  const flagsmith = localClient(platform, options);
  const flags = await flagsmith.getEnvironmentFlags();
  flags.isFeatureEnabled("banner");
  flagsmith.trackEvent("checkout");
  await flagsmith.close();
  const sent = platform.requests.length;
  expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe("api");
  expect((await flagsmith.getIdentityFlags("vip")).getFeatureValue("banner")).toBe("for vip");
  expect(flags.isFeatureEnabled("banner")).toBe(true);
  await flagsmith.flush();
  await flagsmith.close();
  await platform.clock.advance(120_000);
  expect([platform.requests.length, platform.clock.pending]).toEqual([sent, 0]);
  expect(flagsmith.deliveryReport()).toEqual(
    reportWith({
      analytics: { dropped: 4, unconfirmed: 1 },
      events: { dropped: 1, unconfirmed: 1 },
    }),
  );
});

it("concurrent calls of close() share one attempt", async () => {
  const { response, respond } = deferredResponse();
  const platform = reportingPlatform(() => response);
  const flagsmith = client(platform, { enableAnalytics: true });
  (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  let done = 0;
  const closed = [flagsmith.close(), flagsmith.close()].map((each) => each.then(() => done++));
  await settle();
  expect([platform.reports().length, done]).toEqual([1, 0]);
  respond(status(200));
  await Promise.all(closed);
  expect(flagsmith.deliveryReport().analytics.accepted).toBe(1);
});

it("a failure to send events does not affect analytics", async () => {
  const platform = reportingPlatform(({ url }) => status(url.includes("events") ? 503 : 200));
  const flagsmith = client(platform, options);
  (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  flagsmith.trackEvent("checkout");
  await flagsmith.flush();
  expect(flagsmith.deliveryReport()).toEqual(
    reportWith({ analytics: { accepted: 1 }, events: { pending: 1, unconfirmed: 1 } }),
  );
  await flagsmith.close();
});

it.each(["\n<!doctype html><title>Welcome</title>", "<HTML><body>Welcome</body></HTML>"])(
  "the page %j instead of a confirmation counts as a failed attempt",
  async (page) => {
    const headers = { "Content-Type": "text/html" };
    const platform = reportingPlatform((_request, count) =>
      count <= 2 ? new Response(page, { headers }) : status(200),
    );
    const logger = recordingLogger();
    const flagsmith = client(platform, { ...options, logger });
    (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
    flagsmith.trackEvent("checkout");
    await flagsmith.flush();
    const failed = { pending: 1, unconfirmed: 1 };
    expect(flagsmith.deliveryReport()).toEqual(reportWith({ analytics: failed, events: failed }));
    expect(logger.warnings).toHaveLength(2);
    expect(logger.warnings[0]).toMatch(/not Flagsmith's \(200, text\/html\): check analyticsUrl; /);
    expect(logger.warnings[1]).toMatch(/not Flagsmith's \(200, text\/html\): check eventsApiUrl; /);
    await flagsmith.close();
    const sent = { accepted: 1, unconfirmed: 1 };
    expect(flagsmith.deliveryReport()).toEqual(reportWith({ analytics: sent, events: sent }));
  },
);

it.each(["", "OK", "{}", "<Response/>", '{"page":"<html>"}'])(
  "a response with %j confirms reports",
  async (text) => {
    const platform = reportingPlatform(() => new Response(text));
    const flagsmith = client(platform, options);
    flagsmith.trackEvent("checkout");
    await flagsmith.flush();
    expect(flagsmith.deliveryReport().events).toMatchObject({ accepted: 1, pending: 0 });
  },
);

it("listens for the process exit only while it has something to send", async () => {
  let waiting = 0;
  const onExit = () => {
    waiting++;
    return () => void waiting--;
  };
  const platform = reportingPlatform(undefined, { onExit });
  const clients = Array.from({ length: 50 }, () => client(platform, options));
  expect(waiting).toBe(0);
  for (const flagsmith of clients) {
    (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
    flagsmith.trackEvent("checkout");
  }
  expect(waiting).toBe(100);
  await Promise.all(clients.map((flagsmith) => flagsmith.close()));
  expect(waiting).toBe(0);
});

it("each kind of report has its content type, and its name and option in warnings", async () => {
  const logger = recordingLogger();
  const platform = reportingPlatform(() => status(404));
  const flagsmith = client(platform, { ...options, logger });
  (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  flagsmith.trackEvent("checkout");
  await flagsmith.flush();
  expect(platform.reports().map(({ headers }) => headers["content-type"])).toEqual([
    "application/json",
    "application/json; charset=utf-8",
  ]);
  expect(logger.warnings).toEqual([
    expect.stringMatching(/^Feature analytics .*check analyticsUrl; 1 evaluation dropped\.$/),
    expect.stringMatching(/^Events .*check eventsApiUrl; 1 event dropped\.$/),
  ]);
  expect(logger.lines.filter((line) => line.includes("enableEvents"))).toEqual([]);
});
