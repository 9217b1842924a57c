import { expect, it, vi } from "vitest";
import { DocumentSource } from "../../src/environment/document-source.ts";
import { DocumentStore } from "../../src/environment/document-store.ts";
import { PollingEnvironment } from "../../src/environment/polling-environment.ts";
import {
  createCompiler,
  environmentDocument,
  memoryStorage,
  override,
  recordingChanges,
  updatedAt,
} from "../fake-environment.ts";
import {
  type Answer,
  allowNoUnhandledRejection,
  apiUrl,
  environmentKey,
  FakeClock,
  fakePlatform,
  fixedRandom,
  json,
  localClient,
  recordingLogger,
  status,
  steadyPolicy,
} from "../fake-platform.ts";

allowNoUnhandledRejection();
fixedRandom();

const lastModified = "Thu, 01 Jan 2026 00:00:00 GMT";

/** A response of `environment-document/`, parsed. */
function parsedResponse(document: object, serverTime: number | undefined) {
  return { document: { ...document }, text: "{}", sentAt: 42, lastModified, serverTime };
}

/** Loads a document that was last changed at `updatedAt`, and returns its freshness. */
async function freshnessOf(updatedAt: string | undefined, serverTime: number | undefined) {
  const logger = recordingLogger();
  const source = new DocumentSource({
    loadDocument: async () =>
      parsedResponse(environmentDocument("api", { updated_at: updatedAt }), serverTime),
    store: undefined,
    compiler: createCompiler(logger),
    timers: new FakeClock(),
    logger,
  });
  const { loaded } = await source.load(undefined, { signal: undefined, deadlineAt: 0 });
  return loaded.freshness;
}

it.each([
  ["at the moment of its change", "2026-01-01T00:00:00Z", 0, false],
  ["just before two seconds", "2026-01-01T00:00:00.001Z", 2000, false],
  ["two seconds after its change", "2026-01-01T00:00:00Z", 2000, true],
  ["much later", "2020-02-02T00:00:00.123456+00:00", 0, true],
  ["in another time zone", "2026-01-01T01:00:00+01:00", 2000, true],
  ["before its change, by a wrong clock", "2026-01-01T00:00:10Z", 0, false],
  ["without a date of its change", undefined, 2000, false],
  ["with an invalid date", "yesterday", 2000, false],
])("a document fetched %s is settled or not", async (_name, updatedAt, afterMs, isSettled) => {
  expect(await freshnessOf(updatedAt, Date.UTC(2026, 0, 1) + afterMs)).toEqual({
    fetchedAt: 42,
    lastModified,
    isSettled,
    conditionalPolls: 0,
  });
});

it("no document is settled if the server does not send its time", async () => {
  expect((await freshnessOf(updatedAt, undefined)).isSettled).toBe(false);
});

/** A client and what each of its requests had for `If-Modified-Since`. */
function polled(answer: Answer) {
  const platform = fakePlatform(answer, { retryPolicy: steadyPolicy(0, 0) });
  const logger = recordingLogger();
  const { changes, onEnvironmentChange } = recordingChanges();
  const flagsmith = localClient(platform, { logger, onEnvironmentChange });
  const conditions = () => platform.requests.map(({ headers }) => headers["if-modified-since"]);
  const value = async (identifier = "user") =>
    (await flagsmith.getIdentityFlags(identifier)).getFeatureValue("banner");
  return { platform, clock: platform.clock, flagsmith, changes, logger, conditions, value };
}

function changedAt(date: string, headers: Record<string, string>): Response {
  return json(environmentDocument("api", { updated_at: date }), { headers });
}

it.each([
  ["Date", { Date: "Thu, 01 Jan 2026 00:00:02 GMT" }, true],
  ["Date, too early", { Date: "Thu, 01 Jan 2026 00:00:01 GMT" }, false],
  ["Expires, without Date", { Expires: "Thu, 01 Jan 2026 00:00:02 GMT" }, true],
  ["Expires, too early", { Expires: "Thu, 01 Jan 2026 00:00:01 GMT" }, false],
  [
    "Date rather than Expires",
    { Date: "Thu, 01 Jan 2026 00:00:01 GMT", Expires: "Fri, 02 Jan 2026 00:00:00 GMT" },
    false,
  ],
  ["neither", {}, false],
  ["a Date that is none", { Date: "now" }, false],
  ["an Expires that is none", { Expires: "-1" }, false],
])("asks conditionally by the server's time: %s", async (_name, headers, isConditional) => {
  const { clock, flagsmith, conditions } = polled(() =>
    changedAt("2026-01-01T00:00:00.000000+00:00", {
      "Last-Modified": lastModified,
      ...(headers as Record<string, string>),
    }),
  );
  await flagsmith.ready();
  await clock.advance(60_000);
  expect(conditions()).toEqual([undefined, isConditional ? lastModified : undefined]);
});

it("asks unconditionally where the answer has no Last-Modified", async () => {
  const { clock, flagsmith, conditions } = polled(() =>
    changedAt("2025-12-31T00:00:00Z", { Date: "Thu, 01 Jan 2026 00:00:02 GMT" }),
  );
  await flagsmith.ready();
  await clock.advance(60_000);
  expect(conditions()).toEqual([undefined, undefined]);
});

it("asks conditionally once a document that was fresh has been seen settled", async () => {
  const { clock, flagsmith, conditions } = polled((_request, count) =>
    changedAt("2026-01-01T00:00:00Z", {
      "Last-Modified": lastModified,
      Date: count === 1 ? "Thu, 01 Jan 2026 00:00:01 GMT" : "Thu, 01 Jan 2026 00:01:01 GMT",
    }),
  );
  await flagsmith.ready();
  await clock.advance(120_000);
  expect(conditions()).toEqual([undefined, undefined, lastModified]);
});

const settledHeaders = {
  Date: "Thu, 01 Jan 2026 00:00:02 GMT",
  "Last-Modified": "Wed, 31 Dec 2025 12:00:00 GMT",
};

/** A server whose document never moves, as far as its dates tell. */
const unmoved: Answer = ({ headers }, count) =>
  headers["if-modified-since"] === settledHeaders["Last-Modified"]
    ? new Response(null, { status: 304 })
    : json(environmentDocument(count), { headers: settledHeaders });

it("asks unconditionally every tenth time", async () => {
  const { clock, flagsmith, conditions } = polled(unmoved);
  await flagsmith.ready();
  await clock.advance(25 * 60_000);
  const unconditional = conditions().flatMap((condition, index) =>
    condition === undefined ? [index] : [],
  );
  expect(conditions()).toHaveLength(26);
  expect(unconditional).toEqual([0, 10, 20]);
});

it("takes a 304 for no change: nothing is reported, read or warned of", async () => {
  const { clock, flagsmith, changes, logger, value } = polled((request, count) => {
    const answer = unmoved(request, count);
    return count === 1 ? answer : Object.assign(answer, { text: () => Promise.reject("read") });
  });
  await flagsmith.ready();
  const snapshot = await flagsmith.getSnapshot();
  await clock.advance(5 * 60_000);
  expect(changes).toEqual([`new ${updatedAt}`]);
  expect(await value()).toBe(1);
  expect(snapshot.updatedAt).toBe(updatedAt);
  expect([logger.warnings, logger.errors]).toEqual([[], []]);
});

it("compiles and stores nothing for a 304", async () => {
  const clock = new FakeClock();
  const logger = recordingLogger();
  const storage = memoryStorage();
  const compiler = createCompiler(logger);
  const compile = vi.spyOn(compiler, "compile");
  let loads = 0;
  const source = new DocumentSource({
    loadDocument: async () =>
      ++loads === 1 ? parsedResponse(environmentDocument(), 0) : "unchanged",
    compiler,
    store: new DocumentStore({
      storage,
      environmentKey,
      apiUrl,
      timers: clock,
      guard: () => async (run) => run(),
    }),
    timers: clock,
    logger,
  });
  const provider = new PollingEnvironment({
    source,
    timers: clock,
    logger,
    onChange: () => undefined,
    intervalMs: 60_000,
    safetyIntervalMs: 300_000,
    deadlineMs: 20_000,
  });
  await provider.ready({ signal: undefined, deadlineAt: Number.MAX_SAFE_INTEGER });
  const before = provider.current();
  await clock.advance(5 * 60_000);
  expect([loads, compile.mock.calls.length, storage.writes.length]).toEqual([6, 1, 1]);
  expect(provider.current()).toBe(before);
  provider.close();
});

it("takes a 304 that nobody asked for as a failure", async () => {
  const { flagsmith } = polled(() => new Response(null, { status: 304 }));
  await expect(flagsmith.ready()).rejects.toMatchObject({ code: "API_STATUS", status: 304 });
});

it("counts a 304 after a failed poll as a recovery: updateEnvironment() is not blamed for it", async () => {
  const { clock, flagsmith, changes } = polled((request, count) =>
    count === 2 ? status(500) : unmoved(request, count),
  );
  await flagsmith.ready();
  await clock.advance(120_000);
  expect(changes).toEqual([`new ${updatedAt}`, "API_STATUS"]);
  expect(clock.due).toEqual([60_000]);
});

it("forgets an identity override that has disappeared, by the tenth poll at the latest", async () => {
  let overrides = [override("vip"), override("other")];
  const { clock, flagsmith, value } = polled(({ headers }) =>
    headers["if-modified-since"] === undefined
      ? json(environmentDocument("api", { identity_overrides: overrides }), {
          headers: settledHeaders,
        })
      : new Response(null, { status: 304 }),
  );
  await flagsmith.ready();
  overrides = [override("other")];
  await clock.advance(9 * 60_000);
  expect(await value("vip")).toBe("for vip");
  await clock.advance(60_000);
  expect(await value("vip")).toBe("api");
  expect(await value("other")).toBe("for other");
});
