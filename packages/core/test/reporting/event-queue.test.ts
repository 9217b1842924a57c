import { expect, it } from "vitest";
import { offlineHandlerWith } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  client,
  hang,
  localClient,
  settle,
  status,
} from "../fake-platform.ts";
import { counts, request } from "./fake-delivery.ts";
import {
  eventsApiUrl,
  failingOncePlatform,
  reportingIsolate,
  reportingPlatform,
  reportWith,
} from "./fake-reports.ts";

allowNoUnhandledRejection();

const options = { enableEvents: true, eventsApiUrl };

it("sends exposures with equal feature, identity and value once per batch", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  const expose = (feature: string, identifier: string, value?: string) =>
    flagsmith.trackExposureEvent(feature, value ? { identifier, value } : { identifier });
  for (let count = 0; count < 3; count++) {
    expose("banner", "a", "red");
    expose("banner", "a", "blue");
    expose("banner", "b", "red");
    expose("other", "a", "red");
    expose("banner", "a");
  }
  flagsmith.trackEvent("checkout");
  flagsmith.trackEvent("checkout");
  await flagsmith.flush();
  expect(platform.bodies()[0].events).toHaveLength(7);
  expose("banner", "a", "red");
  await flagsmith.flush();
  expect(platform.bodies()[1].events).toHaveLength(1);
});

it("an exposure that fills the queue belongs to the batch it completes", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  for (let count = 0; count < 999; count++) flagsmith.trackEvent("checkout");
  flagsmith.trackExposureEvent("banner", { identifier: "a" });
  flagsmith.trackExposureEvent("banner", { identifier: "a" });
  await flagsmith.flush();
  expect(platform.bodies().map(({ events }) => events.length)).toEqual([1000, 1]);
});

it("sends every 10 s, and without delay when 1,000 events are queued", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  flagsmith.trackEvent("first");
  await platform.clock.advance(11_000);
  expect(platform.bodies().map(({ events }) => events.length)).toEqual([1]);
  for (let count = 0; count < 1001; count++) flagsmith.trackEvent("checkout");
  await settle();
  expect(platform.bodies().map(({ events }) => events.length)).toEqual([1, 1000]);
  await platform.clock.advance(11_000);
  expect(platform.bodies().map(({ events }) => events.length)).toEqual([1, 1000, 1]);
});

it("keeps the oldest 1,000 events in order during an outage", async () => {
  let isDown = true;
  const platform = reportingPlatform(() => status(isDown ? 503 : 202));
  const flagsmith = client(platform, options);
  for (let count = 0; count < 1000; count++) flagsmith.trackEvent(`event ${count}`);
  await settle();
  for (let count = 1000; count < 1500; count++) {
    flagsmith.trackEvent(`event ${count}`);
    await settle();
  }
  expect(platform.reports()).toHaveLength(1);
  expect(flagsmith.deliveryReport()).toEqual(
    reportWith({ events: { pending: 1000, dropped: 500, unconfirmed: 1000 } }),
  );
  isDown = false;
  await platform.clock.advance(11_000);
  expect(platform.eventNames(1)).toEqual(
    Array.from({ length: 1000 }, (_, count) => `event ${count}`),
  );
  expect(flagsmith.deliveryReport().events).toMatchObject({ accepted: 1000, pending: 0 });
});

it.each([
  ["background", 1050],
  ["isolate", 1000],
])("bounds events in the queue and in flight (%s)", async (kind, pending) => {
  const platform = kind === "isolate" ? reportingIsolate(hang) : reportingPlatform(hang);
  const flagsmith = client(platform, options);
  for (let count = 0; count < 100; count++) {
    for (let event = 0; event < 50; event++) flagsmith.trackEvent("checkout");
    void flagsmith.flush();
    await settle();
  }
  expect(flagsmith.deliveryReport().events).toMatchObject({ pending, dropped: 5000 - pending });
  // In an isolate, attempts may overlap.
  expect(platform.reports()).toHaveLength(kind === "isolate" ? 20 : 1);
  await platform.clock.run(flagsmith.close());
});

it("keeps the oldest 1,000 events of a failed batch and newer ones", async () => {
  const platform = reportingPlatform(() => status(503));
  const flagsmith = client(platform, options);
  for (let count = 0; count < 999; count++) flagsmith.trackEvent("early");
  const flushed = flagsmith.flush();
  for (let count = 0; count < 500; count++) flagsmith.trackEvent("late");
  await flushed;
  expect(flagsmith.deliveryReport().events).toMatchObject({ pending: 1000, dropped: 499 });
});

it.each([202, 400, 503])("frees the places of a batch after a %d", async (code) => {
  const platform = reportingPlatform(() => status(code));
  const flagsmith = client(platform, options);
  for (let round = 0; round < 3; round++) {
    for (let count = 0; count < 999; count++) flagsmith.trackEvent("checkout");
    await flagsmith.flush();
  }
  const { accepted, pending, dropped } = flagsmith.deliveryReport().events;
  const expected = { 202: [2997, 0, 0], 400: [0, 0, 2997], 503: [0, 1000, 1997] }[code];
  expect([accepted, pending, dropped]).toEqual(expected);
});

it("an isolate queues a cancelled batch again, although that leaves no room", async () => {
  const isolate = reportingIsolate((seen, count) => (count === 1 ? hang(seen) : status(202)));
  const flagsmith = client(isolate, options);
  for (let count = 0; count < 1000; count++) {
    flagsmith.forRequest({ waitUntil: () => undefined }).trackEvent("checkout");
  }
  await settle();
  isolate.clock.cutOff();
  await isolate.clock.advance(20_000);
  const { waitUntil, work } = request();
  flagsmith.forRequest({ waitUntil }).trackEvent("late");
  await isolate.clock.advance(500);
  await Promise.all(work);
  expect(isolate.bodies().map(({ events }) => events.length)).toEqual([1000, 1000]);
  expect(flagsmith.deliveryReport().events).toEqual(
    counts({ accepted: 1000, dropped: 1, unconfirmed: 1000 }),
  );
});

it("counts a repeated exposure that has no place as dropped each time", async () => {
  const platform = reportingPlatform(() => status(429, { "Retry-After": "3600" }));
  const flagsmith = client(platform, options);
  for (let count = 0; count < 1000; count++) flagsmith.trackEvent("checkout");
  await settle();
  for (let count = 0; count < 2; count++) {
    flagsmith.trackExposureEvent("banner", { identifier: "a" });
  }
  expect(flagsmith.deliveryReport().events).toMatchObject({ pending: 1000, dropped: 2 });
});

it("puts a failed batch before newer events", async () => {
  const platform = failingOncePlatform();
  const flagsmith = client(platform, options);
  flagsmith.trackEvent("first");
  const flushed = flagsmith.flush();
  await settle();
  flagsmith.trackEvent("second");
  platform.fail();
  await flushed;
  await flagsmith.flush();
  expect(platform.eventNames(1)).toEqual(["first", "second"]);
});

it("sends an exposure once that was tracked again after each failure", async () => {
  let isDown = true;
  const platform = reportingPlatform(() => status(isDown ? 503 : 202));
  const flagsmith = client(platform, options);
  for (let count = 0; count < 5; count++) {
    flagsmith.trackExposureEvent("banner", { identifier: "a" });
    await flagsmith.flush();
  }
  expect(flagsmith.deliveryReport().events).toMatchObject({ pending: 1, dropped: 0 });
  isDown = false;
  await flagsmith.flush();
  expect(platform.bodies().at(-1).events).toHaveLength(1);
  expect(flagsmith.deliveryReport()).toEqual(
    reportWith({ events: { accepted: 1, unconfirmed: 5 } }),
  );
});

it("keeps the first of two equal exposures if its attempt fails", async () => {
  const platform = failingOncePlatform();
  const flagsmith = client(platform, options);
  flagsmith.trackExposureEvent("banner", { identifier: "a", metadata: { is: "first" } });
  const flushed = flagsmith.flush();
  await settle();
  flagsmith.trackExposureEvent("banner", { identifier: "a", metadata: { is: "second" } });
  flagsmith.trackEvent("checkout");
  expect(flagsmith.deliveryReport().events.pending).toBe(3);
  platform.fail();
  await flushed;
  expect(flagsmith.deliveryReport()).toEqual(
    reportWith({ events: { pending: 2, unconfirmed: 1 } }),
  );
  await flagsmith.flush();
  expect(platform.bodies()[1].events).toMatchObject([
    { event: "$flag_exposure", metadata: { is: "first" } },
    { event: "checkout" },
  ]);
});

it("an isolate keeps the order of events whose overlapping attempts failed", async () => {
  const failures: (() => void)[] = [];
  let isDown = true;
  const isolate = reportingIsolate(() =>
    isDown
      ? new Promise((_, reject) => failures.push(() => reject(new TypeError("reset"))))
      : status(202),
  );
  const flagsmith = client(isolate, options);
  const track = (...names: string[]) => {
    for (const name of names) flagsmith.trackEvent(name);
  };
  track("1", "2");
  const flushes = [flagsmith.flush()];
  await settle();
  track("3", "4");
  flushes.push(flagsmith.flush());
  await settle();
  track("5");
  for (const fail of failures) {
    fail();
    await settle();
  }
  await Promise.all(flushes);
  isDown = false;
  await flagsmith.flush();
  expect(isolate.eventNames(-1)).toEqual(["1", "2", "3", "4", "5"]);
});

it("offline mode drops events without an error", async () => {
  const platform = reportingPlatform();
  const offlineHandler = offlineHandlerWith();
  const flagsmith = localClient(platform, { ...options, offlineMode: true, offlineHandler });
  flagsmith.trackEvent("checkout");
  flagsmith.trackExposureEvent("banner", { identifier: "a" });
  expect((await flagsmith.getExperimentFlag("banner", "a")).value).toBe("offline");
  await flagsmith.flush();
  await flagsmith.close();
  expect(platform.requests).toEqual([]);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { dropped: 2 } }));
});

it("an isolate sends the events of a request under its waitUntil", async () => {
  const isolate = reportingIsolate();
  const flagsmith = client(isolate, options);
  const { work, waitUntil } = request();
  flagsmith.trackEvent("without");
  await isolate.clock.advance(20_000);
  const scope = flagsmith.forRequest({ waitUntil });
  scope.trackEvent("checkout");
  await scope.getExperimentFlag("banner", "user");
  scope.trackExposureEvent("other", { identifier: "user" });
  expect(work).toHaveLength(1);
  await isolate.clock.advance(500);
  await Promise.all(work);
  expect(isolate.eventNames(0)).toEqual([
    "without",
    "checkout",
    "$flag_exposure",
    "$flag_exposure",
  ]);
});
