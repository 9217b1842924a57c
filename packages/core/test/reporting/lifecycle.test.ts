import { expect, it } from "vitest";
import { Flagsmith } from "../../src/flagsmith.ts";
import {
  allowNoUnhandledRejection,
  client,
  failureOf,
  hangDeaf,
  localClient,
  settle,
  status,
} from "../fake-platform.ts";
import { eventsApiUrl, reportingPlatform, reportWith } from "./fake-reports.ts";

allowNoUnhandledRejection();

const options = { enableAnalytics: true, enableEvents: true, eventsApiUrl };

it("flushes and closes quietly where there is nothing to report, or nothing is reported", async () => {
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

it("sends counts and events at close(), and no timer is left", async () => {
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
  expect((await failureOf(flagsmith.getEnvironmentFlags())).code).toBe("CLOSED");
  expect(typeof Flagsmith.prototype[Symbol.asyncDispose]).toBe("function");
});

it("closes by its deadline though the API hangs and its fetch heeds no signal", async () => {
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

it("answers from memory after close(), counts that as dropped, and sends nothing ever again", async () => {
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

it("closed twice at once, sends once, and both are done when that is", async () => {
  let answer = (_response: Response) => {};
  const platform = reportingPlatform(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const flagsmith = client(platform, { enableAnalytics: true });
  (await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner");
  let done = 0;
  const closed = [flagsmith.close(), flagsmith.close()].map((each) => each.then(() => done++));
  await settle();
  expect([platform.reports().length, done]).toEqual([1, 0]);
  answer(status(200));
  await Promise.all(closed);
  expect(flagsmith.deliveryReport().analytics.accepted).toBe(1);
});

it("lets a failure of the one not harm the other", async () => {
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

it("asks to be told of the process's end only while it may have something to send", async () => {
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
