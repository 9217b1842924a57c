import { expect, it } from "vitest";
import { environmentDocument, override, updatedAt } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  fixedRandom,
  json,
  type Responder,
  status,
} from "../fake-platform.ts";
import { createPollingClient, createPollingEnvironment, endlessCall } from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

const lastModified = "Thu, 01 Jan 2026 00:00:00 GMT";

/** A response of `environment-document/`, parsed. */
function parsedResponse(document: object, serverTime: number | undefined) {
  return { document: { ...document }, text: "{}", sentAt: 42, lastModified, serverTime };
}

/** Loads a document that was last changed at `updatedAt`, and returns its freshness. */
async function loadFreshness(updatedAt: string | undefined, serverTime: number | undefined) {
  const document = environmentDocument("api", { updated_at: updatedAt });
  const { source } = createPollingEnvironment(async () => parsedResponse(document, serverTime));
  return (await source.load(undefined, endlessCall)).loaded.freshness;
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
  expect(await loadFreshness(updatedAt, Date.UTC(2026, 0, 1) + afterMs)).toEqual({
    fetchedAt: 42,
    lastModified,
    isSettled,
    conditionalPolls: 0,
  });
});

it("no document is settled if the server does not send its time", async () => {
  expect((await loadFreshness(updatedAt, undefined)).isSettled).toBe(false);
});

function documentChangedAt(date: string, headers: Record<string, string>): Response {
  return json(environmentDocument("api", { updated_at: date }), { headers });
}

it.each([
  ["Date", { Date: "Thu, 01 Jan 2026 00:00:02 GMT" }, true],
  ["Date, too early", { Date: "Thu, 01 Jan 2026 00:00:01 GMT" }, false],
  ["Expires, without Date", { Expires: "Thu, 01 Jan 2026 00:00:02 GMT" }, true],
  ["Expires, too early", { Expires: "Thu, 01 Jan 2026 00:00:01 GMT" }, false],
  [
    "Date before Expires",
    { Date: "Thu, 01 Jan 2026 00:00:01 GMT", Expires: "Fri, 02 Jan 2026 00:00:00 GMT" },
    false,
  ],
  ["neither", {}, false],
  ["an invalid Date", { Date: "now" }, false],
  ["an invalid Expires", { Expires: "-1" }, false],
])(
  "the server's clock decides on conditional requests: %s",
  async (_name, headers, isConditional) => {
    const { clock, flagsmith, conditions } = createPollingClient(() =>
      documentChangedAt("2026-01-01T00:00:00.000000+00:00", {
        "Last-Modified": lastModified,
        ...(headers as Record<string, string>),
      }),
    );
    await flagsmith.ready();
    await clock.advance(60_000);
    expect(conditions()).toEqual([undefined, isConditional ? lastModified : undefined]);
  },
);

it("requests are unconditional without Last-Modified", async () => {
  const { clock, flagsmith, conditions } = createPollingClient(() =>
    documentChangedAt("2025-12-31T00:00:00Z", { Date: "Thu, 01 Jan 2026 00:00:02 GMT" }),
  );
  await flagsmith.ready();
  await clock.advance(60_000);
  expect(conditions()).toEqual([undefined, undefined]);
});

it("requests become conditional once the document is settled", async () => {
  const { clock, flagsmith, conditions } = createPollingClient((_request, count) =>
    documentChangedAt("2026-01-01T00:00:00Z", {
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

/** A server whose document changes without a new date. */
const answerUndated: Responder = ({ headers }, count) =>
  headers["if-modified-since"] === settledHeaders["Last-Modified"]
    ? new Response(null, { status: 304 })
    : json(environmentDocument(count), { headers: settledHeaders });

it("every tenth request is unconditional", async () => {
  const { clock, flagsmith, conditions } = createPollingClient(answerUndated);
  await flagsmith.ready();
  await clock.advance(25 * 60_000);
  const unconditional = conditions().flatMap((condition, index) =>
    condition === undefined ? [index] : [],
  );
  expect(conditions()).toHaveLength(26);
  expect(unconditional).toEqual([0, 10, 20]);
});

it("a 304 is not reported, read or logged", async () => {
  const { clock, flagsmith, changes, logger, value } = createPollingClient((request, count) => {
    const answer = answerUndated(request, count);
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

it("a 304 compiles and stores nothing", async () => {
  let loads = 0;
  const { clock, storage, compile, provider } = createPollingEnvironment(async () =>
    ++loads === 1 ? parsedResponse(environmentDocument(), 0) : "unchanged",
  );
  await provider.ready(endlessCall);
  const before = provider.current();
  await clock.advance(5 * 60_000);
  expect([loads, compile.mock.calls.length, storage.writes.length]).toEqual([6, 1, 1]);
  expect(provider.current()).toBe(before);
  provider.close();
});

it("a 304 to an unconditional request is a failure", async () => {
  const { flagsmith } = createPollingClient(() => new Response(null, { status: 304 }));
  await expect(flagsmith.ready()).rejects.toMatchObject({ code: "API_STATUS", status: 304 });
});

it("a 304 after a failed poll is a recovery", async () => {
  const { clock, flagsmith, changes } = createPollingClient((request, count) =>
    count === 2 ? status(500) : answerUndated(request, count),
  );
  await flagsmith.ready();
  await clock.advance(120_000);
  expect(changes).toEqual([`new ${updatedAt}`, "API_STATUS"]);
  expect(clock.due).toEqual([60_000]);
});

it("the tenth poll removes a deleted identity override", async () => {
  let overrides = [override("vip"), override("other")];
  const { clock, flagsmith, value } = createPollingClient(({ headers }) =>
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
