import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FlagsmithOptions } from "../../src/options.ts";
import type { Platform } from "../../src/ports/platform.ts";
import { version } from "../../src/version.ts";
import {
  environmentDocument,
  recordingChanges,
  storageWith,
  updatedAt,
} from "../fake-environment.ts";
import {
  type Answer,
  allowNoUnhandledRejection,
  apiUrl,
  environmentKey,
  failureOf,
  fakePlatform,
  hang,
  hangDeaf,
  json,
  localClient,
  redirect,
  reset,
  type SeenRequest,
  settle,
  status,
  steadyPolicy,
} from "../fake-platform.ts";
import { eventStreams, type FakeStream } from "../fake-streams.ts";

allowNoUnhandledRejection();

let random = 0.5;

beforeEach(() => {
  random = 0.5;
  vi.spyOn(Math, "random").mockImplementation(() => random);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const realtimeApiUrl = "https://realtime.example/";
const apiKey = "cl13nt k€y";
const streamUrl = `${realtimeApiUrl}sse/environments/${encodeURIComponent(apiKey)}/stream`;
const named = `GET ${realtimeApiUrl}sse/environments/[redacted]/stream`;

/** When the document of {@link environmentDocument} was changed, in epoch seconds. */
const toldAt = Date.parse(updatedAt) / 1000 + 0.000456;

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Settled, so that it is asked for conditionally. */
const dated = {
  Date: "Thu, 01 Jan 2026 00:00:00 GMT",
  "Last-Modified": "Wed, 31 Dec 2025 12:00:00 GMT",
};

/** Documents with a value each, the one in use being the last that was put. */
function servedDocuments() {
  let current = environmentDocument(1, { api_key: apiKey });
  return {
    document: () => current,
    /** Serves a new value, changed so many seconds after the first document. */
    put: (value: unknown, seconds: number, more: object = {}) => {
      const date = { updated_at: dateOf(toldAt + seconds), api_key: apiKey };
      current = environmentDocument(value, { ...date, ...more });
      return toldAt + seconds;
    },
  };
}

/** An answer to the request of this number, or the usual one. */
type Twist = (
  request: SeenRequest,
  count: number,
  usual: () => Response | Promise<Response>,
) => Response | Promise<Response>;

/** A client with realtime updates whose requests are never sent again, so that each is a load. */
function streaming(
  {
    stream,
    documents,
    ...options
  }: Partial<FlagsmithOptions> & {
    readonly stream?: Twist;
    readonly documents?: Twist;
  } = {},
  more: Partial<Platform> = {},
) {
  const streams = eventStreams();
  const served = servedDocuments();
  const counts = { stream: 0, documents: 0 };
  const answer: Answer = (request, count) => {
    const isStream = request.url.includes("/sse/");
    const usual = () =>
      isStream ? streams.answer(request, count) : json(served.document(), { headers: dated });
    const twist = (isStream ? stream : documents) ?? usual;
    return twist(request, ++counts[isStream ? "stream" : "documents"], usual);
  };
  const platform = fakePlatform(answer, { retryPolicy: steadyPolicy(0, 0), ...more });
  const lines: string[] = [];
  const write = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
  const logger = {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
  const { changes, onEnvironmentChange } = recordingChanges();
  const flagsmith = localClient(platform, {
    enableRealtimeUpdates: true,
    realtimeApiUrl,
    logger,
    onEnvironmentChange,
    ...options,
  });
  const timesOf = (isStream: boolean) =>
    platform.requests.filter(({ url }) => url.includes("/sse/") === isStream).map(({ at }) => at);
  return {
    platform,
    clock: platform.clock,
    flagsmith,
    streams,
    served,
    changes,
    lines,
    warnings: () => lines.filter((line) => !line.startsWith("debug ")),
    loads: () => timesOf(false),
    connects: () => timesOf(true),
    value: async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner"),
  };
}

/** One that is loaded, follows its stream and has checked the document. */
async function following(...args: Parameters<typeof streaming>) {
  const client = streaming(...args);
  await client.flagsmith.ready();
  await settle();
  return { ...client, stream: () => client.streams.opened.at(-1) ?? expect.unreachable() };
}

describe("the stream", () => {
  it("is opened once the first document is there, not by the constructor", async () => {
    let give = (_answer: Response) => {};
    const documents = () =>
      new Promise<Response>((resolve) => {
        give = resolve;
      });
    const { platform, flagsmith, connects, clock } = streaming({ documents });
    await settle();
    expect([platform.requests, clock.pending]).toEqual([[], 0]);
    const ready = flagsmith.ready();
    await settle();
    expect(connects()).toEqual([]);
    give(json(environmentDocument()));
    await ready;
    await settle();
    expect(connects()).toEqual([0]);
    await flagsmith.close();
  });

  it("is asked for with the document's key, and without any other of ours", async () => {
    const { platform, flagsmith } = await following({
      customHeaders: { "X-Tenant": "s3cr3t" },
      applicationMetadata: { name: "shop", version: "2" },
    });
    const userAgent = `flagsmith-isomorphic-fake/${version}`;
    expect(platform.requests[1]).toMatchObject({
      method: "GET",
      url: streamUrl,
      headers: {
        accept: "text/event-stream",
        "user-agent": userAgent,
        "flagsmith-sdk-user-agent": userAgent,
        "flagsmith-application-name": "shop",
        "flagsmith-application-version": "2",
      },
    });
    expect(platform.requests[1]?.headers).not.toHaveProperty("x-environment-key");
    expect(platform.requests[1]?.headers).not.toHaveProperty("x-tenant");
    await flagsmith.close();
  });

  it("carries the custom headers where it is at the API's own origin", async () => {
    const { platform, flagsmith } = await following({
      customHeaders: { "X-Tenant": "a" },
      realtimeApiUrl: new URL("/realtime", apiUrl).href,
    });
    const { url, headers } = platform.requests[1] ?? expect.unreachable();
    expect(url).toContain("https://flags.example/realtime/sse/environments/");
    expect(headers).toMatchObject({ "x-tenant": "a" });
    expect(headers).not.toHaveProperty("x-environment-key");
    await flagsmith.close();
  });

  it("is followed by one check of the document, for what was changed before it was open", async () => {
    const { platform, flagsmith, loads, changes, value } = await following({
      documents: (request, count, usual) => {
        if (count === 1) return usual();
        expect(request.headers["if-modified-since"]).toBe(dated["Last-Modified"]);
        return json(environmentDocument(2, { api_key: apiKey, updated_at: dateOf(toldAt + 5) }));
      },
    });
    expect(loads()).toEqual([0, 0]);
    expect(await value()).toBe(2);
    expect(changes).toHaveLength(2);
    expect(platform.requests).toHaveLength(3);
    await flagsmith.close();
  });

  it("is followed by a check of its own where a load is under way, which may have begun before", async () => {
    let give = (_answer: Response) => {};
    let open = () => {};
    const { flagsmith, loads, served, value } = await following({
      stream: (_request, _count, usual) =>
        new Promise((resolve) => {
          open = () => resolve(usual());
        }),
      documents: (_request, count, usual) =>
        count !== 2
          ? usual()
          : new Promise((resolve) => {
              give = resolve;
            }),
    });
    const update = flagsmith.updateEnvironment();
    await settle();
    const old = json(served.document());
    served.put(2, 5);
    open();
    await settle();
    expect(loads()).toHaveLength(2);
    give(old);
    await update;
    await settle();
    expect(loads()).toHaveLength(3);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is opened for a document of the storage as well", async () => {
    const { flagsmith, connects, loads, value } = await following({
      storage: storageWith(1000, { document: environmentDocument(0, { api_key: apiKey }) }),
    });
    expect([connects(), loads()]).toEqual([[0], [0]]);
    expect(await value()).toBe(1);
    await flagsmith.close();
  });

  it("is not opened in offline mode", async () => {
    const { platform, flagsmith } = streaming({
      offlineMode: true,
      offlineHandler: { getEnvironment: () => environmentDocument() },
    });
    await flagsmith.ready();
    await settle();
    expect(platform.requests).toEqual([]);
  });

  it("moves with the key of the document, and leaves the old one", async () => {
    const { flagsmith, platform, streams, served, stream } = await following();
    stream().tell(served.put(2, 5, { api_key: "other" }));
    await settle();
    expect(streams.opened.map(({ request }) => request.url)).toEqual([
      streamUrl,
      `${realtimeApiUrl}sse/environments/other/stream`,
    ]);
    expect(streams.opened.map(({ isLeft }) => isLeft())).toEqual([true, false]);
    const requests = platform.requests.length;
    await flagsmith.updateEnvironment();
    await settle();
    expect(platform.requests).toHaveLength(requests + 1);
    await flagsmith.close();
  });
});

describe("a change", () => {
  it("is loaded at once, whole, and reported", async () => {
    const { flagsmith, platform, clock, stream, served, changes, value } = await following();
    await clock.advance(7000);
    stream().tell(served.put(2, 5));
    await settle();
    expect(await value()).toBe(2);
    expect(changes).toEqual([`new ${updatedAt}`, `new ${updatedAt}`, `new ${dateOf(toldAt + 5)}`]);
    expect(platform.requests.at(-1)?.at).toBe(7000);
    expect(platform.requests.at(-1)?.headers).not.toHaveProperty("if-modified-since");
    await flagsmith.close();
  });

  it("that the document has already causes no load, to the microsecond", async () => {
    const { flagsmith, loads, stream, clock } = await following();
    stream().tell(toldAt - 3600);
    stream().tell(toldAt);
    stream().tell(Date.parse(updatedAt) / 1000);
    await clock.advance(10_000);
    expect(loads()).toEqual([0, 0]);
    await flagsmith.close();
  });

  it.each([
    ["in one chunk", true],
    ["one by one", false],
  ])("that comes as a storm, %s, is loaded once", async (_name, isOneChunk) => {
    const { flagsmith, loads, stream, served, value, clock } = await following();
    const last = served.put(2, 500);
    const times = Array.from({ length: 500 }, (_, at) => last - at * 0.5);
    const order = [...times].reverse();
    if (isOneChunk) {
      stream().send(order.map((at) => `data: {"updated_at": ${at}}\n\n`).join(""));
    } else {
      for (const at of order) stream().tell(at);
    }
    await clock.advance(60_000);
    expect(loads()).toEqual([0, 0, 0]);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it.each([
    ["10 ms, with the least rest", 10, 0],
    ["10 ms, with the usual rest", 10, 0.5],
    ["10 ms, with the longest rest", 10, 0.999],
    ["no time", 0, 0],
    ["longer than the rest", 1700, 0.5],
  ])(
    "that is one of a hundred in three seconds causes no load of its own, where loads take %s",
    async (_name, loadMs, jitter) => {
      random = jitter;
      let wait = async () => {};
      const { flagsmith, loads, stream, served, value, clock } = await following({
        documents: async (_request, _count, usual) => {
          const answer = usual();
          await wait();
          return answer;
        },
      });
      if (loadMs > 0) wait = () => clock.sleep(loadMs);
      for (let count = 1; count <= 100; count++) {
        stream().tell(served.put(count, count));
        await clock.advance(30);
      }
      const [, , first, ...others] = loads();
      expect(first).toBe(0);
      expect(others.length).toBeLessThanOrEqual(3);
      await clock.advance(2000 + 2 * loadMs);
      expect(await value()).toBe(100);
      expect(loads().length).toBeLessThanOrEqual(2 + 1 + 4);
      const { length } = loads();
      await clock.advance(60_000);
      expect(loads()).toHaveLength(length);
      await flagsmith.close();
    },
  );

  it("is loaded at once again after a moment of rest", async () => {
    const { flagsmith, loads, stream, served, clock } = await following();
    stream().tell(served.put(2, 5));
    await clock.advance(1300);
    stream().tell(served.put(3, 6));
    await settle();
    expect(loads()).toEqual([0, 0, 0, 1300]);
    stream().tell(served.put(4, 7));
    await clock.advance(1249);
    expect(loads()).toHaveLength(4);
    await clock.advance(1);
    expect(loads().slice(4)).toEqual([2550]);
    await flagsmith.close();
  });

  it("that comes while loads fail is not loaded once per event either", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await following({
      documents: (_request, count, usual) => (count > 2 && count < 6 ? status(500) : usual()),
    });
    for (let count = 1; count <= 100; count++) {
      stream().tell(served.put(count, count));
      await clock.advance(30);
    }
    expect(loads()).toEqual([0, 0, 0, 1250, 2500]);
    await clock.advance(2000);
    expect(await value()).toBe(100);
    await flagsmith.close();
  });

  it("that is told while an older one is being loaded costs one load more, and only if that missed it", async () => {
    const given: ((answer: Response) => void)[] = [];
    const { flagsmith, loads, stream, served, value, clock } = await following({
      documents: (_request, count, usual) =>
        count <= 2 ? usual() : new Promise((resolve) => void given.push(resolve)),
    });
    stream().tell(served.put(2, 5));
    await settle();
    const old = json(served.document());
    stream().tell(served.put(3, 6));
    await settle();
    expect(loads()).toHaveLength(3);
    given[0]?.(old);
    await settle();
    expect(await value()).toBe(2);
    await clock.advance(1250);
    expect(loads()).toEqual([0, 0, 0, 1250]);
    given[1]?.(json(served.document()));
    await clock.advance(60_000);
    expect(loads()).toHaveLength(4);
    expect(await value()).toBe(3);
    await flagsmith.close();
  });

  it("told while a poll is under way is loaded after it, unless the poll has brought it", async () => {
    for (const brings of [true, false]) {
      let give = (_answer: Response) => {};
      const { flagsmith, loads, stream, served, value } = await following({
        documents: (_request, count, usual) =>
          count !== 3
            ? usual()
            : new Promise((resolve) => {
                give = resolve;
              }),
      });
      const update = flagsmith.updateEnvironment();
      await settle();
      const old = json(served.document());
      stream().tell(served.put(2, 5));
      await settle();
      expect(loads()).toHaveLength(3);
      give(brings ? json(served.document()) : old);
      await update;
      await settle();
      expect(loads()).toHaveLength(brings ? 3 : 4);
      expect(await value()).toBe(2);
      await flagsmith.close();
    }
  });

  it("is loaded once per event where documents have no date", async () => {
    const undated = environmentDocument(1, { api_key: apiKey, updated_at: undefined });
    const { flagsmith, loads, stream, clock } = await following({ documents: () => json(undated) });
    stream().tell(toldAt);
    stream().tell(toldAt);
    await clock.advance(10_000);
    stream().tell(toldAt);
    stream().tell(toldAt - 1);
    await clock.advance(10_000);
    expect(loads()).toEqual([0, 0, 0]);
    stream().tell(toldAt + 1);
    await clock.advance(10_000);
    expect(loads()).toEqual([0, 0, 0, 20_000]);
    await flagsmith.close();
  });

  it("is heard over cut chunks, comments and CRLF", async () => {
    const { flagsmith, stream, served, value } = await following();
    const at = served.put(2, 5);
    const text = `: ключ\r\nevent: updated\r\ndata: {"note": "€",\r\ndata: "updated_at": ${at}}\r\n\r\n`;
    for (const byte of new TextEncoder().encode(text)) stream().send(Uint8Array.of(byte));
    await settle();
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is heard between events that say nothing, of which one warning tells", async () => {
    const { flagsmith, stream, served, value, warnings, loads } = await following();
    stream().send("data: ping\n\ndata: {}\n\nevent: x\ndata: {\n\n");
    await settle();
    expect(loads()).toHaveLength(2);
    stream().tell(served.put(2, 5));
    await settle();
    expect(await value()).toBe(2);
    expect(warnings()).toEqual([
      "warn The realtime stream has events that tell of no change, which are ignored; this is said once.",
    ]);
    await flagsmith.close();
  });
});

describe("a document that lags behind its event", () => {
  it("is loaded again after 1, 2, 4 and 8 s, or half as much more, until it is as new", async () => {
    const { flagsmith, loads, stream, served, value, clock } = await following();
    stream().tell(toldAt + 5);
    await clock.advance(8749);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750]);
    served.put(2, 5);
    await clock.advance(60_000);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750, 8750]);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is given up after five loads, said once, and left to the polls at their usual pace", async () => {
    const { flagsmith, loads, stream, served, clock, warnings, value } = await following();
    stream().tell(toldAt + 5);
    await clock.advance(20_000);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750, 8750, 18_750]);
    expect(warnings()).toEqual([
      "warn A change of the environment was told that the API does not serve yet: polls will bring it.",
    ]);
    await clock.advance(5000);
    stream().tell(toldAt + 5);
    await clock.advance(20_000);
    expect(loads().slice(7)).toEqual([25_000, 26_250, 28_750, 33_750, 43_750]);
    expect(warnings()).toHaveLength(1);
    served.put(2, 5);
    await clock.advance(60_000);
    expect(loads().slice(12)).toEqual([103_750]);
    expect(await value()).toBe(2);
    // All is well again: the next poll only makes sure.
    expect(clock.due).toContain(300_000 - 1250);
    await flagsmith.close();
  });

  it("is not loaded more often because older changes are told again and again", async () => {
    const { flagsmith, loads, stream, clock } = await following();
    stream().tell(toldAt + 5);
    for (let count = 0; count < 20; count++) {
      await clock.advance(1000);
      stream().tell(toldAt + 1);
      stream().tell(toldAt + 5);
    }
    expect(loads().slice(0, 7)).toEqual([0, 0, 0, 1250, 3750, 8750, 18_750]);
    await flagsmith.close();
  });

  it("is awaited anew for a newer event, and no sooner", async () => {
    const { flagsmith, loads, stream, clock, warnings } = await following();
    stream().tell(toldAt + 5);
    await clock.advance(18_000);
    stream().tell(toldAt + 6);
    await clock.advance(1000);
    expect(loads()).toEqual([0, 0, 0, 1250, 3750, 8750, 18_750]);
    expect(warnings()).toEqual([]);
    await clock.advance(1000);
    expect(loads().slice(7)).toEqual([20_000]);
    await flagsmith.close();
  });

  it("is awaited by the polls though an older change is told, and loaded, after it was given up", async () => {
    const { flagsmith, loads, stream, served, clock, value } = await following();
    stream().tell(toldAt + 5);
    await clock.advance(20_000);
    stream().tell(served.put(2, 4));
    await clock.advance(30_000);
    // The older one costs one load, and nobody asks for the newer one again.
    expect(loads().slice(7)).toEqual([20_000]);
    expect(await value()).toBe(2);
    served.put(3, 5);
    await clock.advance(30_000);
    expect(loads().slice(8)).toEqual([80_000]);
    expect(await value()).toBe(3);
    expect(clock.due).toContain(300_000);
    await flagsmith.close();
  });

  it("is loaded though an older change is told after its load had failed", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await following({
      documents: (_request, count, usual) =>
        count === 3
          ? status(500)
          : count === 4
            ? json(environmentDocument(2, { api_key: apiKey, updated_at: dateOf(toldAt + 4) }))
            : usual(),
    });
    stream().tell(served.put(3, 5));
    await settle();
    stream().tell(toldAt + 4);
    await clock.advance(3000);
    expect(loads()).toEqual([0, 0, 0, 1250, 2500]);
    expect(await value()).toBe(3);
    await flagsmith.close();
  });

  it("is loaded again and again, to a limit, where the poll after a failed load has not brought it", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await following({
      documents: (_request, count, usual) => (count === 3 ? status(500) : usual()),
    });
    stream().tell(toldAt + 5);
    await clock.advance(62_000);
    expect(loads()).toEqual([0, 0, 0, 60_000, 60_000, 61_250]);
    served.put(2, 5);
    await clock.advance(2000);
    expect(loads().slice(6)).toEqual([63_750]);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is left to the polls where a load fails", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await following({
      documents: (_request, count, usual) => (count === 3 ? status(500) : usual()),
    });
    stream().tell(served.put(2, 5));
    await clock.advance(59_000);
    expect(loads()).toEqual([0, 0, 0]);
    expect(await value()).toBe(1);
    await clock.advance(1000);
    expect(loads()).toEqual([0, 0, 0, 60_000]);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is not asked for before the API's Retry-After, whatever is told meanwhile", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await following({
      documents: (_request, count, usual) =>
        count === 3 ? status(429, { "Retry-After": "120" }) : usual(),
    });
    stream().tell(served.put(2, 5));
    await clock.advance(10_000);
    stream().tell(served.put(3, 6));
    await clock.advance(100_000);
    expect(loads()).toEqual([0, 0, 0]);
    await clock.advance(10_000);
    expect(loads()).toEqual([0, 0, 0, 120_000]);
    expect(await value()).toBe(3);
    await flagsmith.close();
  });
});

describe("a date that no document will ever have", () => {
  const farFuture = toldAt + 1e9;

  it("is forgotten by the first poll after it was given up", async () => {
    const { flagsmith, loads, stream, clock } = await following();
    stream().tell(farFuture);
    await clock.advance(20_000);
    expect(loads()).toHaveLength(7);
    expect(clock.due).toContain(60_000 - 1250);
    await clock.advance(60_000);
    expect(loads().slice(7)).toEqual([78_750]);
    expect(clock.due).toContain(300_000 - 1250);
    await flagsmith.close();
  });

  it("is not forgotten by a poll that fails", async () => {
    const { flagsmith, loads, stream, clock } = await following({
      documents: (_request, count, usual) => (count === 8 ? status(500) : usual()),
      realtimeTimeoutSeconds: 3600,
    });
    stream().tell(farFuture);
    await clock.advance(80_000);
    expect(loads().slice(7)).toEqual([78_750]);
    await clock.advance(60_000);
    expect(loads().slice(8)).toEqual([138_750]);
    expect(clock.due).toContain(300_000 - 1250);
    await flagsmith.close();
  });

  it.each([
    ["while it is awaited", 10_000, 8750],
    ["once it was given up", 20_000, 0],
    ["once it was forgotten", 80_000, 0],
  ])("hides no change that is told %s", async (_name, toldAtMs, loadedAfterMs) => {
    const { flagsmith, loads, stream, served, clock, value } = await following();
    stream().tell(farFuture);
    await clock.advance(toldAtMs);
    const { length } = loads();
    stream().tell(served.put(2, 5));
    await clock.advance(loadedAfterMs);
    expect(await value()).toBe(2);
    expect(loads()).toHaveLength(length + 1);
    stream().tell(served.put(3, 6));
    await clock.advance(1250);
    expect(await value()).toBe(3);
    expect(loads()).toHaveLength(length + 2);
    await flagsmith.close();
  });

  it("hides no change for longer than to the next poll where documents have no date", async () => {
    const undated = { updated_at: undefined };
    const { flagsmith, stream, served, clock, value } = await following({
      realtimeTimeoutSeconds: 3600,
    });
    served.put(2, 0, undated);
    await flagsmith.updateEnvironment();
    stream().tell(farFuture);
    await clock.advance(300_000);
    stream().tell(served.put(3, 5, undated) + 5);
    await settle();
    expect(await value()).toBe(3);
    await flagsmith.close();
  });
});

describe("polls", () => {
  it("come every five minutes while the stream is open", async () => {
    const { flagsmith, loads, stream, clock } = await following();
    expect(clock.due).toContain(300_000);
    for (let minutes = 0; minutes < 10; minutes++) {
      await clock.advance(60_000);
      stream().send(":\n");
    }
    expect(loads()).toEqual([0, 0, 300_000, 600_000]);
    await flagsmith.close();
  });

  it("come every five minutes where documents have no date as well", async () => {
    const undated = environmentDocument(1, { api_key: apiKey, updated_at: undefined });
    const { flagsmith, clock } = await following({ documents: () => json(undated) });
    expect(clock.due).toContain(300_000);
    await flagsmith.close();
  });

  it("keep an interval that is longer", async () => {
    const { flagsmith, clock } = await following({ environmentRefreshIntervalSeconds: 3600 });
    expect(clock.due).toContain(3_600_000);
    await flagsmith.close();
  });

  it("are jittered by ten per cent", async () => {
    random = 1;
    const { flagsmith, clock } = await following();
    expect(clock.due).toContain(330_000);
    await flagsmith.close();
  });

  it("come back to the interval when the stream breaks, counting what has passed of it", async () => {
    const { flagsmith, loads, stream, clock } = await following({
      stream: (request, count, usual) => (count === 1 ? usual() : hang(request)),
    });
    await clock.advance(40_000);
    stream().break();
    await clock.advance(19_000);
    expect(loads()).toEqual([0, 0]);
    await clock.advance(1000);
    expect(loads()).toEqual([0, 0, 60_000]);
    await clock.advance(60_000);
    expect(loads()).toEqual([0, 0, 60_000, 120_000]);
    await flagsmith.close();
  });

  it("that are overdue when the stream breaks are spread over an interval", async () => {
    random = 0.25;
    const { flagsmith, loads, stream, clock } = await following({
      stream: (request, count, usual) => (count === 1 ? usual() : hang(request)),
      realtimeTimeoutSeconds: 400,
    });
    await clock.advance(200_000);
    stream().break();
    await clock.advance(60_000);
    // A quarter of the interval, and that by the jitter of a quarter.
    expect(loads()).toEqual([0, 0, 200_000 + 15_000 * 0.95]);
    await flagsmith.close();
  });

  it("keep to the interval while loads fail, open stream or not", async () => {
    const { flagsmith, loads, stream, clock } = await following({
      documents: (_request, count, usual) => (count === 1 ? usual() : status(500)),
    });
    for (let count = 0; count < 3; count++) {
      await clock.advance(60_000);
      stream().send(":\n");
    }
    expect(loads()).toEqual([0, 0, 60_000, 120_000, 180_000]);
    await flagsmith.close();
  });
});

describe("a stream that ends", () => {
  it.each([
    ["cleanly", (stream: FakeStream) => stream.end()],
    ["by a reset", (stream: FakeStream) => stream.break()],
    ["with something that is no error", (stream: FakeStream) => stream.break(undefined)],
    [
      "in the middle of a character",
      (stream: FakeStream) => {
        stream.send(Uint8Array.of(0xe2, 0x82));
        stream.end();
      },
    ],
    [
      "in an event without an end",
      (stream: FakeStream) => stream.send(`data: ${"x".repeat(70_000)}`),
    ],
  ])("%s is opened again within a second, and the document is checked once", async (_name, end) => {
    const { flagsmith, connects, loads, stream, streams, served, clock, value } = await following();
    await clock.advance(20_000);
    served.put(2, 5);
    end(stream());
    await clock.advance(500);
    expect(connects()).toEqual([0, 20_500]);
    expect(loads()).toEqual([0, 0, 20_500]);
    expect(await value()).toBe(2);
    expect(streams.open()).toHaveLength(1);
    stream().tell(served.put(3, 6));
    await settle();
    expect(await value()).toBe(3);
    expect(clock.due).toContain(300_000);
    await flagsmith.close();
  });

  it("warns of nothing if it had held, and once if it is soon gone again and again", async () => {
    const { flagsmith, stream, clock, warnings, connects } = await following();
    for (let count = 0; count < 5; count++) {
      await clock.advance(15_000);
      stream().end();
      await clock.advance(500);
    }
    expect(connects()).toHaveLength(6);
    expect(warnings()).toEqual([]);
    for (let count = 0; count < 5; count++) {
      stream().end();
      await clock.advance(60_000);
    }
    expect(warnings()).toEqual([
      "warn Realtime updates are interrupted, and polls go on: the server ended the stream.",
    ]);
    await flagsmith.close();
  });

  it("at once, time after time, is opened ever more slowly", async () => {
    random = 1;
    const { flagsmith, connects, clock } = await following({
      stream: () => new Response(new Uint8Array(), { headers: eventStreamType }),
    });
    await clock.advance(120_000);
    const waits = connects().map((at, index, all) => at - (all[index - 1] ?? 0));
    expect(waits.slice(1)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000]);
    await flagsmith.close();
  });

  it("waits as long as it had asked for by retry:", async () => {
    random = 1;
    const { flagsmith, connects, stream, clock } = await following();
    stream().send("retry: 7000\n\n");
    await clock.advance(20_000);
    stream().end();
    await clock.advance(30_000);
    expect(connects()).toEqual([0, 27_000]);
    await flagsmith.close();
  });

  it("is replaced when it has been silent for too long, and any byte is a sign of life", async () => {
    const { flagsmith, connects, streams, stream, clock, warnings } = await following();
    await clock.advance(89_000);
    stream().send(":");
    await clock.advance(89_999);
    expect(connects()).toEqual([0]);
    await clock.advance(1);
    expect(streams.opened[0]?.isLeft()).toBe(true);
    await clock.advance(500);
    expect(connects()).toEqual([0, 179_500]);
    expect(streams.open()).toHaveLength(1);
    expect(warnings()).toEqual([]);
    await flagsmith.close();
  });

  it("is replaced after realtimeTimeoutSeconds", async () => {
    const { flagsmith, connects, clock } = await following({ realtimeTimeoutSeconds: 5 });
    await clock.advance(6000);
    expect(connects()).toEqual([0, 5500]);
    await flagsmith.close();
  });
});

const eventStreamType = { "Content-Type": "text/event-stream" };

describe("a stream that cannot be opened", () => {
  it.each<[string, Answer, string]>([
    ["is reset", () => reset(), `${named} got no answer: read ECONNRESET.`],
    ["is answered with 500", () => status(500), `${named} was answered with status 500.`],
    ["is answered with 408", () => status(408), `${named} was answered with status 408.`],
    ["is answered with 425", () => status(425), `${named} was answered with status 425.`],
    ["is answered with 429", () => status(429), `${named} was answered with status 429.`],
    [
      "is answered with a page",
      () => new Response("<html>", { headers: { "Content-Type": "text/html" } }),
      `${named} was answered with something else than events: check realtimeApiUrl.`,
    ],
    [
      "is answered with what only looks like events",
      () => new Response(":", { headers: { "Content-Type": "text/event-streams" } }),
      `${named} was answered with something else than events: check realtimeApiUrl.`,
    ],
    [
      "is answered with nothing",
      () => new Response(null, { status: 204 }),
      `${named} was answered with something else than events: check realtimeApiUrl.`,
    ],
    [
      "leads to another origin",
      () => redirect("https://evil.example/"),
      `${named} was redirected from https://realtime.example to https://evil.example; if that is right, set realtimeApiUrl to it.`,
    ],
    [
      "leads round in circles",
      () => redirect("/sse/again"),
      `${named} was redirected more than 5 times within https://realtime.example.`,
    ],
  ])(
    "because it %s is tried again with backoff, while polls keep to their interval",
    async (_name, twist, reason) => {
      random = 1;
      const { flagsmith, platform, clock, loads, warnings, value } = await following({
        stream: twist,
      });
      await clock.advance(60_000);
      const firsts = platform.requests.filter(({ url }) => url === streamUrl).map(({ at }) => at);
      expect(firsts).toEqual([0, 1000, 3000, 7000, 15_000, 31_000]);
      expect(warnings()).toEqual([
        `warn Realtime updates are interrupted, and polls go on: ${reason}`,
      ]);
      await clock.advance(6000);
      expect(loads()).toEqual([0, 66_000]);
      expect(await value()).toBe(1);
      expect(platform.requests.every(({ url }) => !url.includes("evil"))).toBe(true);
      await flagsmith.close();
    },
  );

  it("is there in the end, after which the document is checked and the warning is over", async () => {
    const { flagsmith, connects, loads, served, clock, warnings, value, stream } = await following({
      stream: (_request, count, usual) => (count < 3 ? status(502) : usual()),
    });
    served.put(2, 5);
    await clock.advance(2000);
    expect(connects()).toEqual([0, 500, 1500]);
    expect(loads()).toEqual([0, 1500]);
    expect(await value()).toBe(2);
    await clock.advance(20_000);
    stream().end();
    await clock.advance(1000);
    expect(warnings()).toHaveLength(1);
    await flagsmith.close();
  });

  it.each(["429", "503"])("because of a %s waits as long as Retry-After says", async (code) => {
    const { flagsmith, connects, clock } = await following({
      stream: (_request, count, usual) =>
        count === 1 ? status(Number(code), { "Retry-After": "30" }) : usual(),
    });
    await clock.advance(60_000);
    expect(connects()).toEqual([0, 30_500]);
    await flagsmith.close();
  });

  it.each([
    ["heeds its signal", hang],
    ["is deaf", hangDeaf],
  ])(
    "because its connection, which %s, hangs is given up after the time for silence",
    async (_name, hanging) => {
      const { flagsmith, platform, connects, clock, warnings } = await following({
        stream: (request, count, usual) => (count === 1 ? hanging(request) : usual()),
        realtimeTimeoutSeconds: 20,
      });
      await clock.advance(20_500);
      expect(connects()).toEqual([0, 20_500]);
      expect(platform.requests[1]?.signal?.aborted).toBe(true);
      expect(warnings()).toEqual([
        "warn Realtime updates are interrupted, and polls go on: the stream was silent for too long.",
      ]);
      await flagsmith.close();
    },
  );

  it("follows a redirect within the origin", async () => {
    const { flagsmith, platform, stream, served, value } = await following({
      stream: (_request, count, usual) => (count === 1 ? redirect("/elsewhere/sse/") : usual()),
    });
    expect(platform.requests[2]).toMatchObject({ url: `${realtimeApiUrl}elsewhere/sse/` });
    stream().tell(served.put(2, 5));
    await settle();
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it.each([400, 401, 403, 404, 405, 410, 451])(
    "because of a %i is left for good, said once, and polls go on as ever",
    async (code) => {
      const { flagsmith, connects, loads, clock, warnings } = await following({
        stream: () => status(code, { "Retry-After": "1" }),
      });
      await clock.advance(180_000);
      expect(connects()).toEqual([0]);
      expect(loads()).toEqual([0, 60_000, 120_000, 180_000]);
      const advice =
        code === 404
          ? ": check realtimeApiUrl, and whether realtime updates are enabled for the project"
          : "";
      expect(warnings()).toEqual([
        `warn Realtime updates have stopped, until updateEnvironment(): ${named} was answered with status ${code}${advice}.`,
      ]);
      await flagsmith.close();
      expect(clock.pending).toBe(0);
    },
  );

  it("is tried again by updateEnvironment() after it was left for good", async () => {
    const { flagsmith, connects, stream, served, value } = await following({
      stream: (_request, count, usual) => (count === 1 ? status(404) : usual()),
    });
    await flagsmith.updateEnvironment();
    await settle();
    expect(connects()).toEqual([0, 0]);
    await flagsmith.updateEnvironment();
    await settle();
    expect(connects()).toEqual([0, 0]);
    stream().tell(served.put(2, 5));
    await settle();
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("because of a missing permission is left for good", async () => {
    const denied = Object.assign(new Error(`Requires net access to ${streamUrl}`), {
      name: "NotCapable",
    });
    const { flagsmith, connects, clock, warnings } = await following(
      {
        stream: () => {
          throw denied;
        },
      },
      { isPermissionError: (error) => error === denied },
    );
    await clock.advance(60_000);
    expect(connects()).toEqual([0]);
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toContain(`until updateEnvironment(): ${named} is not permitted`);
    await flagsmith.close();
  });
});

describe("a refused environment key", () => {
  it.each([401, 403])(
    "ends the stream with the polls, and updateEnvironment() both (%i)",
    async (code) => {
      const { flagsmith, connects, loads, stream, streams, served, clock, value } = await following(
        {
          documents: (_request, count, usual) => (count === 3 ? status(code) : usual()),
        },
      );
      stream().tell(served.put(2, 5));
      await settle();
      expect(loads()).toHaveLength(3);
      expect(streams.open()).toEqual([]);
      expect(clock.pending).toBe(0);
      await clock.advance(3_600_000);
      expect([connects().length, loads().length]).toEqual([1, 3]);
      await flagsmith.updateEnvironment();
      await settle();
      expect([connects().length, loads().length]).toEqual([2, 5]);
      expect(await value()).toBe(2);
      await flagsmith.close();
    },
  );
});

describe("close", () => {
  it("ends an open stream", async () => {
    const client = await following();
    expect(client.streams.open()).toHaveLength(1);
    await client.flagsmith.close();
    expect(client.clock.pending).toBe(0);
    await settle();
    expect(client.streams.open()).toEqual([]);
    await client.clock.advance(3_600_000);
    expect(client.platform.requests).toHaveLength(3);
    expect(client.warnings()).toEqual([]);
    await client.flagsmith.close();
  });

  it("leaves a stream whose body is deaf to the signal", async () => {
    const deaf = eventStreams();
    const { flagsmith, clock } = await following({
      stream: (request, count) => deaf.answer({ ...request, signal: undefined }, count),
    });
    expect(deaf.open()).toHaveLength(1);
    await flagsmith.close();
    await settle();
    expect([deaf.open(), clock.pending]).toEqual([[], 0]);
  });

  it("before the first load lets none be opened", async () => {
    const { flagsmith, platform, clock } = streaming();
    await flagsmith.close();
    expect((await failureOf(flagsmith.ready())).code).toBe("CLOSED");
    await clock.advance(3_600_000);
    expect([platform.requests, clock.pending]).toEqual([[], 0]);
  });

  it.each([
    ["during the first load", { documents: hang }],
    ["while the stream is being opened", { stream: hang }],
    ["while the stream is being opened by a fetch that is deaf", { stream: hangDeaf }],
    ["while the stream waits to be opened again", { stream: () => status(500) }],
    [
      "while it waits as long as it was told to",
      { stream: () => status(503, { "Retry-After": "900" }) },
    ],
    ["after it was refused for good", { stream: () => status(404) }],
    [
      "while the document is checked",
      {
        documents: (
          request: SeenRequest,
          count: number,
          usual: () => Response | Promise<Response>,
        ) => (count === 1 ? usual() : hang(request)),
      },
    ],
  ] satisfies [string, Parameters<typeof streaming>[0]][])(
    "%s leaves nothing behind",
    async (_name, options) => {
      const client = streaming(options);
      const ready = client.flagsmith.ready().catch(() => undefined);
      await settle();
      await client.flagsmith.close();
      await ready;
      await settle();
      expect(client.clock.pending).toBe(0);
      expect(client.streams.open()).toEqual([]);
      const { length } = client.platform.requests;
      const said = client.warnings().length;
      await client.clock.advance(3_600_000);
      expect(client.platform.requests).toHaveLength(length);
      expect(client.warnings()).toHaveLength(said);
    },
  );

  it("leaves a stream that a deaf fetch opens afterwards", async () => {
    const deaf = eventStreams();
    let open = () => {};
    const { flagsmith, clock, platform } = await following({
      stream: (request) =>
        new Promise((resolve) => {
          open = () => resolve(deaf.answer({ ...request, signal: undefined }, 1));
        }),
    });
    await flagsmith.close();
    open();
    await settle();
    expect([deaf.opened.length, deaf.open().length]).toEqual([1, 0]);
    expect([clock.pending, platform.requests.length]).toEqual([0, 2]);
  });

  it("while a lagging document is awaited leaves nothing behind", async () => {
    const { flagsmith, clock, stream, loads, platform } = await following();
    stream().tell(toldAt + 5);
    await clock.advance(1500);
    expect(loads()).toHaveLength(4);
    await flagsmith.close();
    expect(clock.pending).toBe(0);
    await clock.advance(3_600_000);
    expect(platform.requests).toHaveLength(5);
  });

  it("while a told change is being loaded leaves nothing behind", async () => {
    const { flagsmith, clock, stream, platform, changes } = await following({
      documents: (request, count, usual) => (count <= 2 ? usual() : hang(request)),
    });
    stream().tell(toldAt + 5);
    await settle();
    await flagsmith.close();
    await settle();
    expect([clock.pending, changes.length]).toEqual([0, 2]);
    await clock.advance(3_600_000);
    expect(platform.requests).toHaveLength(4);
  });

  it("by onEnvironmentChange itself, for a change that was told, ends the stream", async () => {
    let count = 0;
    const { flagsmith, clock, stream, streams, served, platform } = await following({
      onEnvironmentChange: () => {
        count += 1;
        if (count === 3) void flagsmith.close();
      },
    });
    stream().tell(served.put(2, 5));
    await settle();
    expect([clock.pending, streams.open()]).toEqual([0, []]);
    await clock.advance(3_600_000);
    expect(platform.requests).toHaveLength(4);
  });
});

describe("the document's key", () => {
  const leaks: Record<string, Twist> = {
    "a connection that fails with it": ({ url }) => {
      throw Object.assign(
        new TypeError(`fetch of ${url} failed`, { cause: new Error(`${apiKey} ${url}`) }),
        { code: url },
      );
    },
    "a redirect that holds it": ({ url }, count) => {
      if (count % 2 === 1) return redirect(`/login?next=${url}`);
      throw new Error(`${url} ${apiKey}`);
    },
    "a redirect elsewhere": ({ url }) => redirect(`https://evil.example/${apiKey}?${url}`),
    "a status": () => status(500),
    "a refusal": () => status(404),
    "a page": ({ url }) => new Response(url, { headers: { "Content-Type": "text/html" } }),
    "a stream that breaks with it": ({ url }) =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.error(new Error(`${url} ${apiKey}`)),
        }),
        { headers: eventStreamType },
      ),
    "an event that holds it": (_request, _count) =>
      new Response(`data: ${apiKey}\n\n`, { headers: eventStreamType }),
  };

  it.each(Object.entries(leaks))(
    "is in no line, nor in anything printed, after %s",
    async (_name, stream) => {
      const { flagsmith, clock, lines, platform } = await following({ stream });
      await clock.advance(30_000);
      expect(lines.length).toBeGreaterThan(0);
      const said = `${lines.join("\n")}${inspect(flagsmith, { depth: 20, showHidden: true })}`;
      for (const secret of [apiKey, encodeURIComponent(apiKey), "cl13nt", environmentKey]) {
        expect(said).not.toContain(secret);
      }
      expect(platform.requests.length).toBeGreaterThan(1);
      await flagsmith.close();
    },
  );
});
