import { expect, it, vi } from "vitest";
import type { Traits } from "../../src/identity/traits.ts";
import type { EventDetails, ExposureDetails } from "../../src/reporting/events.ts";
import { version } from "../../src/version.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  client,
  environmentKey,
  recordingLogger,
} from "../fake-platform.ts";
import { eventsApiUrl, reportingPlatform, reportWith } from "./fake-reports.ts";

allowNoUnhandledRejection();

const options = { enableEvents: true, eventsApiUrl };

/** The events of all reports. */
function sentEvents({ bodies }: Pick<ReturnType<typeof reportingPlatform>, "bodies">) {
  return bodies().flatMap(({ events }) => events as readonly Record<string, unknown>[]);
}

it("sends events in the official format, without the custom headers", async () => {
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

it("sends the custom headers to an events API on the origin of apiUrl", async () => {
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

it("later changes to the caller's data have no effect", async () => {
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
  ["a name that is not a string", 42, {}, "name"],
  ["a reserved name", "$flag_exposure", {}, "$"],
  ["any name that starts with $", "$mine", {}, "$"],
  ["circular metadata", "checkout", { metadata: cyclic }, "metadata"],
  ["metadata with a BigInt", "checkout", { metadata: { big: 1n } }, "metadata"],
  ["metadata that throws", "checkout", { metadata: throwing }, "metadata"],
  ["metadata that is a string", "checkout", { metadata: "gold" }, "metadata"],
  ["metadata that is a number", "checkout", { metadata: 5 }, "metadata"],
  ["metadata that is a function", "checkout", { metadata: () => ({}) }, "metadata"],
  ["metadata that is an array", "checkout", { metadata: [1] }, "metadata"],
  ["metadata that is a Map", "checkout", { metadata: new Map([["plan", "gold"]]) }, "metadata"],
  ["a value that is an object", "checkout", { value: { a: 1 } }, "value"],
  ["a value that is a BigInt", "checkout", { value: 1n }, "value"],
])("rejects an event with %s", async (_name, event, details, word) => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  const error = await catchError(() =>
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
  ["a feature that is not a string", 1, { identifier: "user" }],
])("rejects an exposure with %s", async (_name, featureName, details) => {
  const flagsmith = client(reportingPlatform(), options);
  const error = await catchError(() =>
    flagsmith.trackExposureEvent(featureName as string, details as ExposureDetails),
  );
  expect(error.code).toBe("INVALID_EVENT");
});

it.each<[string, unknown]>([
  ["an empty identifier", { identifier: "" }],
  ["a blank identifier", { identifier: " \t" }],
  ["a fraction as identifier", { identifier: 0.5 }],
  ["NaN as identifier", { identifier: Number.NaN }],
  ["an identifier above 2^53", { identifier: 2 ** 53 }],
  ["a boolean as identifier", { identifier: false }],
  ["an object as identifier", { identifier: {} }],
])("rejects an event and an exposure with %s", async (_name, details) => {
  const flagsmith = client(reportingPlatform(), options);
  for (const call of [
    () => flagsmith.trackEvent("checkout", details as EventDetails),
    () => flagsmith.trackExposureEvent("banner", details as ExposureDetails),
  ]) {
    expect((await catchError(call)).code).toBe("INVALID_IDENTIFIER");
  }
  expect(flagsmith.deliveryReport()).toEqual(reportWith({}));
});

it.each<[string, unknown]>([
  ["no details", undefined],
  ["null for details", null],
  ["no identifier", {}],
  ["null as identifier", { identifier: null }],
])("rejects an exposure with %s, but not an event", async (_name, details) => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  const expose = () => flagsmith.trackExposureEvent("banner", details as ExposureDetails);
  expect((await catchError(expose)).code).toBe("INVALID_IDENTIFIER");
  flagsmith.trackEvent("checkout", details as EventDetails);
  await flagsmith.flush();
  expect(sentEvents(platform)).toMatchObject([{ event: "checkout", identifier: null }]);
});

it("converts numeric identifiers of events to text, with one warning", async () => {
  const platform = reportingPlatform();
  const logger = recordingLogger();
  const flagsmith = client(platform, { ...options, logger });
  flagsmith.trackEvent("checkout", { identifier: 42 as unknown as string });
  flagsmith.trackExposureEvent("banner", { identifier: 2n ** 64n } as unknown as ExposureDetails);
  // The same exposure again, which is sent once.
  flagsmith.trackExposureEvent("banner", { identifier: String(2n ** 64n) });
  await flagsmith.flush();
  expect(sentEvents(platform).map(({ identifier }) => identifier)).toEqual([
    "42",
    String(2n ** 64n),
  ]);
  expect(logger.warnings).toHaveLength(1);
});

it("rejects an invalid trait with strictTraits, without quoting its value", async () => {
  const flagsmith = client(reportingPlatform(), { ...options, strictTraits: true });
  const traits = { plan: { s3cret: 1 } } as unknown as Traits;
  const error = await catchError(() => flagsmith.trackEvent("checkout", { traits }));
  expect(error.code).toBe("INVALID_TRAIT");
  expect(error.message).toContain("plan");
  expect(error.message).not.toContain("s3cret");
});

it("sends no event without enableEvents, and returns the flag", async () => {
  const platform = reportingPlatform();
  const logger = recordingLogger();
  const flagsmith = client(platform, { logger });
  flagsmith.trackEvent("checkout");
  flagsmith.trackExposureEvent("banner", { identifier: "user" });
  const flag = await flagsmith.getExperimentFlag("banner", "user");
  await flagsmith.flush();
  expect(flag).toMatchObject({ featureName: "banner", enabled: true });
  expect(platform.reports()).toEqual([]);
  expect(logger.lines).toEqual(["debug Events are not sent, because enableEvents is off."]);
});

it("rejects events with CLOSED after close(), which sends earlier ones", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  flagsmith.trackEvent("checkout");
  await flagsmith.close();
  for (const call of [
    () => flagsmith.trackEvent("checkout"),
    () => flagsmith.trackExposureEvent("banner", { identifier: "user" }),
    () => flagsmith.getExperimentFlag("banner", "user"),
  ]) {
    expect((await catchError(call)).code).toBe("CLOSED");
  }
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { accepted: 1 } }));
});

it("a failed batch with thousands of values blocks nothing, and logs none of them", async () => {
  const platform = reportingPlatform(({ body = "" }) => {
    throw new TypeError(
      `connect ECONNREFUSED for ${body.slice(0, 300)} and ${btoa("user-0@x.test")}`,
    );
  });
  const logger = recordingLogger();
  const flagsmith = client(platform, { ...options, logger });
  for (let count = 0; count < 999; count++) {
    const metadata = { text: `text ${count}`, name: "Magdalena" };
    flagsmith.trackEvent("checkout", { identifier: `user-${count}@x.test`, metadata });
  }
  const encode = vi.spyOn(globalThis, "btoa");
  await flagsmith.flush();
  // The forms of the client's own secrets.
  expect(encode.mock.calls.length).toBeLessThan(50);
  encode.mockRestore();
  expect(logger.warnings).toHaveLength(1);
  expect(logger.warnings[0]).toContain("connect ECONNREFUSED");
  for (const secret of ["user-0", "text 0", "Magdalena", btoa("user-0@x.test").slice(0, 8)]) {
    expect(logger.warnings[0]).not.toContain(secret);
  }
});

it("logs no trait, identifier or key", async () => {
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
