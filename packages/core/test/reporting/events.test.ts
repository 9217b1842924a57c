import { expect, it } from "vitest";
import type { Traits } from "../../src/identity/traits.ts";
import { createEvents, type EventBatch, type EventDetails } from "../../src/reporting/events.ts";
import { isolateDelivery } from "../../src/reporting/isolate-delivery.ts";
import { version } from "../../src/version.ts";
import { offlineHandlerWith } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  client,
  environmentKey,
  FakeClock,
  failureOf,
  hang,
  localClient,
  recordingLogger,
  settle,
  status,
} from "../fake-platform.ts";
import { request } from "./fake-delivery.ts";
import { eventsApiUrl, reportingIsolate, reportingPlatform, reportWith } from "./fake-reports.ts";

allowNoUnhandledRejection();

const options = { enableEvents: true, eventsApiUrl };

it("sends an event in the official form, with the key, and the custom headers to no other origin", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, { ...options, customHeaders: { "X-Secret": "s3cret" } });
  const timestamp = platform.clock.now();
  flagsmith.trackEvent("checkout", {
    identifier: "user",
    value: 99.5,
    traits: { plan: "gold", age: { value: 42 }, mail: { value: "m@example", transient: true } },
    metadata: { currency: "CHF", nested: { list: [1, null] }, sdk_version: "forged" },
  });
  flagsmith.trackEvent("plain");
  await flagsmith.flush();
  const [sent] = platform.reports();
  expect(sent).toMatchObject({ url: "https://events.example/v1/events", method: "POST" });
  expect(sent?.headers).toMatchObject({
    "x-environment-key": environmentKey,
    "content-type": "application/json; charset=utf-8",
    "flagsmith-sdk-user-agent": `flagsmith-isomorphic-fake/${version}`,
  });
  expect(sent?.headers).not.toHaveProperty("x-secret");
  expect(platform.bodies()).toEqual([
    {
      events: [
        {
          event: "checkout",
          feature_name: null,
          identifier: "user",
          value: "99.5",
          traits: { plan: "gold", age: 42 },
          metadata: { currency: "CHF", nested: { list: [1, null] }, sdk_version: version },
          timestamp,
        },
        {
          event: "plain",
          feature_name: null,
          identifier: null,
          value: null,
          traits: null,
          metadata: { sdk_version: version },
          timestamp,
        },
      ],
    },
  ]);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { accepted: 2 } }));
});

it.each([
  ["text", "text"],
  ["", ""],
  [0, "0"],
  [false, "false"],
  [null, null],
  [undefined, null],
])("sends the value %j as %j", async (value, sent) => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  flagsmith.trackEvent("checkout", { value });
  await flagsmith.flush();
  expect(platform.bodies()[0].events[0].value).toBe(sent);
});

it("sends the custom headers along where the events API has the API's own origin", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, {
    enableEvents: true,
    eventsApiUrl: "https://flags.example/events",
    customHeaders: { "X-Secret": "s3cret" },
  });
  flagsmith.trackEvent("checkout");
  await flagsmith.flush();
  expect(platform.reports()[0]).toMatchObject({
    url: "https://flags.example/events/v1/events",
    headers: { "x-secret": "s3cret" },
  });
});

it("is moved by nothing that the caller does to its data afterwards", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  const traits: Record<string, string> = { plan: "gold" };
  const metadata = { list: [1] };
  flagsmith.trackEvent("checkout", { traits, metadata });
  traits["plan"] = "free";
  metadata.list.push(2);
  await flagsmith.flush();
  expect(platform.bodies()[0].events[0]).toMatchObject({
    traits: { plan: "gold" },
    metadata: { list: [1] },
  });
});

const cyclic: Record<string, unknown> = {};
cyclic["self"] = cyclic;
const throwing = {
  get secret() {
    throw new Error("s3cret");
  },
};

it.each<[string, unknown, unknown, string]>([
  ["no name", "", {}, "name"],
  ["a name that is no text", 42, {}, "name"],
  ["a name of Flagsmith's own", "$flag_exposure", {}, "$"],
  ["any name that starts with $", "$mine", {}, "$"],
  ["metadata that leads back to itself", "checkout", { metadata: cyclic }, "metadata"],
  ["metadata with a BigInt", "checkout", { metadata: { big: 1n } }, "metadata"],
  ["metadata that throws", "checkout", { metadata: throwing }, "metadata"],
  ["metadata that is a text", "checkout", { metadata: "gold" }, "metadata"],
  ["metadata that is a number", "checkout", { metadata: 5 }, "metadata"],
  ["metadata that is a list", "checkout", { metadata: [1] }, "metadata"],
  ["metadata that is a Map", "checkout", { metadata: new Map([["plan", "gold"]]) }, "metadata"],
  ["an identifier that is no text", "checkout", { identifier: 42 }, "identifier"],
  ["a value that is no plain one", "checkout", { value: { a: 1 } }, "value"],
  ["a value that is a BigInt", "checkout", { value: 1n }, "value"],
])("refuses an event with %s, and keeps nothing of it", async (_name, event, details, word) => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  const error = await failureOf(() =>
    flagsmith.trackEvent(event as string, details as EventDetails),
  );
  expect(error.code).toBe("INVALID_EVENT");
  expect(error.message).toContain(word);
  expect(error.message).not.toContain("s3cret");
  expect(error.cause).toBeUndefined();
  await flagsmith.flush();
  expect(platform.requests).toEqual([]);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({}));
});

it.each<[string, unknown, unknown]>([
  ["no feature", "", { identifier: "user" }],
  ["a feature that is no text", 1, { identifier: "user" }],
  ["no identifier", "banner", {}],
  ["no details", "banner", undefined],
  ["null for details", "banner", null],
  ["an empty identifier", "banner", { identifier: "" }],
])("refuses an exposure with %s", async (_name, featureName, details) => {
  const flagsmith = client(reportingPlatform(), options);
  const error = await failureOf(() =>
    flagsmith.trackExposureEvent(
      featureName as string,
      details as EventDetails & { identifier: string },
    ),
  );
  expect(error.code).toBe("INVALID_EVENT");
});

it("refuses bad traits of an event, naming the trait and not its value", async () => {
  const flagsmith = client(reportingPlatform(), options);
  const traits = { plan: { s3cret: 1 } } as unknown as Traits;
  const error = await failureOf(() => flagsmith.trackEvent("checkout", { traits }));
  expect(error.code).toBe("INVALID_TRAIT");
  expect(error.message).toContain("plan");
  expect(error.message).not.toContain("s3cret");
});

it("refuses events where they are not enabled, naming the option", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform);
  for (const call of [
    () => flagsmith.trackEvent("checkout"),
    () => flagsmith.trackExposureEvent("banner", { identifier: "user" }),
    () => flagsmith.getExperimentFlag("banner", "user"),
  ]) {
    const error = await failureOf(call);
    expect(error.code).toBe("INVALID_OPTIONS");
    expect(error.message).toContain("enableEvents");
  }
  expect(platform.requests).toEqual([]);
});

it("refuses events after close() with CLOSED, and forgets none before", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  flagsmith.trackEvent("checkout");
  await flagsmith.close();
  for (const call of [
    () => flagsmith.trackEvent("checkout"),
    () => flagsmith.trackExposureEvent("banner", { identifier: "user" }),
    () => flagsmith.getExperimentFlag("banner", "user"),
  ]) {
    expect((await failureOf(call)).code).toBe("CLOSED");
  }
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { accepted: 1 } }));
});

it("sends equal exposures once in a window, by feature, identity and value", async () => {
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

it("takes an exposure that fills the buffer for one of the window that it ends", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  for (let count = 0; count < 999; count++) flagsmith.trackEvent("checkout");
  flagsmith.trackExposureEvent("banner", { identifier: "a" });
  flagsmith.trackExposureEvent("banner", { identifier: "a" });
  await flagsmith.flush();
  expect(platform.bodies().map(({ events }) => events.length)).toEqual([1000, 1]);
});

it("sends every ten seconds, and at once when a thousand wait", async () => {
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

it("keeps a thousand in their order while the API is down, drops the newest, and tries no more often", async () => {
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
  const names = platform.bodies()[1].events.map(({ event }: { event: string }) => event);
  expect(names).toEqual(Array.from({ length: 1000 }, (_, count) => `event ${count}`));
  expect(flagsmith.deliveryReport().events).toMatchObject({ accepted: 1000, pending: 0 });
});

it.each([
  ["background", 1050],
  ["isolate", 1000],
])(
  "holds no more than a thousand, and in the background as many on their way, though each request flushes (%s)",
  async (kind, pending) => {
    const platform = kind === "isolate" ? reportingIsolate(hang) : reportingPlatform(hang);
    const flagsmith = client(platform, options);
    for (let count = 0; count < 100; count++) {
      for (let event = 0; event < 50; event++) flagsmith.trackEvent("checkout");
      void flagsmith.flush();
      await settle();
    }
    expect(flagsmith.deliveryReport().events).toMatchObject({ pending, dropped: 5000 - pending });
    // An isolate cannot know whether the request of an earlier one still runs.
    expect(platform.reports()).toHaveLength(kind === "isolate" ? 20 : 1);
    await platform.clock.run(flagsmith.close());
  },
);

it("keeps the oldest thousand of what fails and what came meanwhile", async () => {
  const platform = reportingPlatform(() => status(503));
  const flagsmith = client(platform, options);
  for (let count = 0; count < 999; count++) flagsmith.trackEvent("early");
  const flushed = flagsmith.flush();
  for (let count = 0; count < 500; count++) flagsmith.trackEvent("late");
  await flushed;
  expect(flagsmith.deliveryReport().events).toMatchObject({ pending: 1000, dropped: 499 });
});

it.each([202, 400, 503])("has room again for all that %d leaves no more", async (answer) => {
  const platform = reportingPlatform(() => status(answer));
  const flagsmith = client(platform, options);
  for (let round = 0; round < 3; round++) {
    for (let count = 0; count < 999; count++) flagsmith.trackEvent("checkout");
    await flagsmith.flush();
  }
  const { accepted, pending, dropped } = flagsmith.deliveryReport().events;
  const expected = { 202: [2997, 0, 0], 400: [0, 0, 2997], 503: [0, 1000, 1997] }[answer];
  expect([accepted, pending, dropped]).toEqual(expected);
});

it("in an isolate takes back what was cut off, though it leaves no room for anything new", async () => {
  const clock = new FakeClock();
  const batches: EventBatch[] = [];
  const { track, delivery } = createEvents({
    send: async (batch) => {
      // Cut off: never heard of again.
      if (batches.push(batch) === 1) await new Promise(() => undefined);
    },
    createDelivery: isolateDelivery,
    timers: clock,
    logger: recordingLogger(),
    timeoutMs: 10_000,
    onExit: undefined,
  });
  const { waitUntil, work } = request();
  for (let count = 0; count < 1000; count++) track("checkout", {}, () => undefined);
  await clock.advance(20_000);
  track("late", {}, waitUntil);
  await clock.advance(500);
  await Promise.all(work);
  expect(batches.map(({ size }) => size)).toEqual([1000, 1000]);
  expect(delivery.report()).toEqual({ accepted: 1000, pending: 0, dropped: 1, unconfirmed: 1000 });
});

it("remembers no exposure that there is no room for", async () => {
  const platform = reportingPlatform(() => status(429, { "Retry-After": "3600" }));
  const flagsmith = client(platform, options);
  for (let count = 0; count < 1000; count++) flagsmith.trackEvent("checkout");
  await settle();
  for (let count = 0; count < 2; count++) {
    flagsmith.trackExposureEvent("banner", { identifier: "a" });
  }
  expect(flagsmith.deliveryReport().events).toMatchObject({ pending: 1000, dropped: 2 });
});

/** A client whose first report is under way until it is told to fail. */
function failingOnce() {
  let fail = () => {};
  const platform = reportingPlatform((_request, count) =>
    count === 1
      ? new Promise((_, reject) => {
          fail = () => reject(new TypeError("reset"));
        })
      : status(202),
  );
  return { platform, flagsmith: client(platform, options), fail: () => fail() };
}

it("puts a failed batch before what was tracked meanwhile", async () => {
  const { platform, flagsmith, fail } = failingOnce();
  flagsmith.trackEvent("first");
  const flushed = flagsmith.flush();
  await settle();
  flagsmith.trackEvent("second");
  fail();
  await flushed;
  await flagsmith.flush();
  const names = platform.bodies()[1].events.map(({ event }: { event: string }) => event);
  expect(names).toEqual(["first", "second"]);
});

it("sends an exposure once, however often it failed and was tracked meanwhile", async () => {
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

it("takes an exposure that was tracked while its like was on its way for the same where that fails", async () => {
  const { platform, flagsmith, fail } = failingOnce();
  flagsmith.trackExposureEvent("banner", { identifier: "a", metadata: { is: "first" } });
  const flushed = flagsmith.flush();
  await settle();
  flagsmith.trackExposureEvent("banner", { identifier: "a", metadata: { is: "second" } });
  flagsmith.trackEvent("checkout");
  expect(flagsmith.deliveryReport().events.pending).toBe(3);
  fail();
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

it("in an isolate keeps the order of events whose batches overlapped and failed one after the other", async () => {
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
  const names = isolate
    .bodies()
    .at(-1)
    .events.map(({ event }: { event: string }) => event);
  expect(names).toEqual(["1", "2", "3", "4", "5"]);
});

it("holds no trait, identifier or key in a log line", async () => {
  const platform = reportingPlatform(() => {
    throw new TypeError(`failed for ${environmentKey}`);
  });
  const logger = recordingLogger();
  const flagsmith = client(platform, { ...options, logger });
  const details = { identifier: "someone", traits: { plan: "tr4it" }, metadata: { m: "m3ta" } };
  flagsmith.trackEvent("checkout", details);
  await flagsmith.flush();
  expect(logger.warnings).toHaveLength(1);
  for (const secret of [environmentKey, "someone", "tr4it", "m3ta"]) {
    expect(logger.warnings[0]).not.toContain(secret);
  }
});

it("offline takes events, sends none and throws nothing", async () => {
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

it("in an isolate sends the events of a request under its waitUntil", async () => {
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
  const names = isolate.bodies()[0].events.map(({ event }: { event: string }) => event);
  expect(names).toEqual(["without", "checkout", "$flag_exposure", "$flag_exposure"]);
});
