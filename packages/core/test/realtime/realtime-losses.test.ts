import { describe, expect, it } from "vitest";
import { memoryStorage } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  cutBody,
  endlessBody,
  environmentKey,
  fixedRandom,
  hang,
  hangDeaf,
  json,
  type Responder,
  redirect,
  reset,
  settle,
  status,
} from "../fake-platform.ts";
import {
  apiKey,
  createFollowingClient,
  createRealtimeClient,
  eventStreamHeaders,
  realtimeApiUrl,
  redactedRequest,
  streamUrl,
} from "./fake-realtime.ts";
import type { FakeStream } from "./fake-streams.ts";

allowNoUnhandledRejection();
const random = fixedRandom();

describe("a stream that ends", () => {
  it.each([
    ["cleanly", (stream: FakeStream) => stream.end()],
    ["by a reset", (stream: FakeStream) => stream.break()],
    ["with undefined as its error", (stream: FakeStream) => stream.break(undefined)],
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
  ])("%s reconnects within a second and loads the document once", async (_name, end) => {
    const { flagsmith, connects, loads, stream, streams, served, clock, value } =
      await createFollowingClient();
    await clock.advance(20_000);
    served.put(2, 5);
    end(stream());
    await clock.advance(500);
    expect(connects()).toEqual([0, 20_500]);
    expect(loads()).toEqual([0, 0, 20_500]);
    expect(await value()).toBe(2);
    expect(streams.open()).toHaveLength(1);
    stream().sendChange(served.put(3, 6));
    await settle();
    expect(await value()).toBe(3);
    // One more poll at the interval, because a cache may have hidden a change from that load.
    expect(clock.due).toContain(60_000);
    await clock.advance(60_000);
    expect(clock.due).toContain(300_000);
    await flagsmith.close();
  });

  it("is not logged if it was steady, and once if it ends early repeatedly", async () => {
    const { flagsmith, stream, clock, warnings, connects } = await createFollowingClient();
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
      "warn Realtime updates are interrupted; polling continues: the server ended the stream.",
    ]);
    await clock.advance(15_000);
    stream().end();
    await clock.advance(60_000);
    expect(warnings()).toHaveLength(1);
    // A steady connection ends the series.
    stream().end();
    await clock.advance(1000);
    stream().end();
    await clock.advance(60_000);
    expect(warnings()).toHaveLength(2);
    await flagsmith.close();
  });

  it("immediately each time reconnects with backoff", async () => {
    random.value = 1;
    const { flagsmith, connects, clock } = await createFollowingClient({
      stream: () => new Response(new Uint8Array(), { headers: eventStreamHeaders }),
    });
    await clock.advance(120_000);
    const waits = connects().map((at, index, all) => at - (all[index - 1] ?? 0));
    expect(waits.slice(1)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000]);
    await flagsmith.close();
  });

  it("reconnects after the delay of its retry field", async () => {
    random.value = 1;
    const { flagsmith, connects, stream, clock } = await createFollowingClient();
    stream().send("retry: 7000\n\n");
    await clock.advance(20_000);
    stream().end();
    await clock.advance(30_000);
    expect(connects()).toEqual([0, 27_000]);
    await flagsmith.close();
  });

  it("reconnects after 90 s without a byte", async () => {
    const { flagsmith, connects, streams, stream, clock, warnings } = await createFollowingClient();
    await clock.advance(89_000);
    stream().send(":");
    await clock.advance(89_999);
    expect(connects()).toEqual([0]);
    await clock.advance(1);
    expect(streams.opened[0]?.isCancelled()).toBe(true);
    await clock.advance(500);
    expect(connects()).toEqual([0, 179_500]);
    expect(streams.open()).toHaveLength(1);
    expect(warnings()).toEqual([]);
    await flagsmith.close();
  });

  it("reconnects after realtimeTimeoutSeconds without a byte", async () => {
    const { flagsmith, connects, clock } = await createFollowingClient({
      realtimeTimeoutSeconds: 5,
    });
    await clock.advance(6000);
    expect(connects()).toEqual([0, 5500]);
    await flagsmith.close();
  });
});

describe("a stream that cannot be opened", () => {
  it.each<[string, Responder, string]>([
    ["is reset", () => reset(), `${redactedRequest} failed: read ECONNRESET.`],
    ["responds with 500", () => status(500), `${redactedRequest} failed with status 500.`],
    ["responds with 408", () => status(408), `${redactedRequest} failed with status 408.`],
    ["responds with 425", () => status(425), `${redactedRequest} failed with status 425.`],
    ["responds with 429", () => status(429), `${redactedRequest} failed with status 429.`],
    [
      "responds with the key as content type",
      () =>
        new Response("", { status: 500, headers: { "Content-Type": `text/${environmentKey}` } }),
      `${redactedRequest} failed with status 500 (text/[redacted]).`,
    ],
    [
      "responds with HTML",
      () => new Response("<html>", { headers: { "Content-Type": "text/html" } }),
      `${redactedRequest} returned a response that is not an event stream: check realtimeApiUrl.`,
    ],
    [
      "responds with a similar content type",
      () => new Response(":", { headers: { "Content-Type": "text/event-streams" } }),
      `${redactedRequest} returned a response that is not an event stream: check realtimeApiUrl.`,
    ],
    [
      "responds without a body",
      () => new Response(null, { headers: eventStreamHeaders }),
      `${redactedRequest} returned a response that is not an event stream: check realtimeApiUrl.`,
    ],
    [
      "redirects to another origin",
      () => redirect("https://evil.example/"),
      `${redactedRequest} was redirected from https://realtime.example to https://evil.example; if that is right, set realtimeApiUrl to it.`,
    ],
    [
      "redirects in a cycle",
      () => redirect("/sse/again"),
      `${redactedRequest} was redirected more than 5 times within https://realtime.example.`,
    ],
  ])(
    "because it %s reconnects with backoff while polls keep their interval",
    async (_name, twist, reason) => {
      const { flagsmith, platform, clock, loads, warnings, value } = createRealtimeClient({
        stream: twist,
      });
      await flagsmith.ready();
      random.value = 1;
      await settle();
      await clock.advance(60_000);
      const attempts = platform.requests.filter(({ url }) => url === streamUrl).map(({ at }) => at);
      expect(attempts).toEqual([0, 1000, 3000, 7000, 15_000, 31_000]);
      expect(warnings()).toEqual([
        `warn Realtime updates are interrupted; polling continues: ${reason}`,
      ]);
      expect(loads()).toEqual([0, 60_000]);
      expect(await value()).toBe(1);
      expect(platform.requests.every(({ url }) => !url.includes("evil"))).toBe(true);
      await flagsmith.close();
    },
  );

  it("loads the document once it opens, and logs the next loss again", async () => {
    const { flagsmith, connects, loads, served, clock, warnings, value, stream } =
      await createFollowingClient({
        stream: (_request, count, respond) => (count < 3 ? status(502) : respond()),
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

  it.each(["429", "503"])("because of a %s waits for Retry-After", async (code) => {
    const { flagsmith, connects, clock } = await createFollowingClient({
      stream: (_request, count, respond) =>
        count === 1 ? status(Number(code), { "Retry-After": "30" }) : respond(),
    });
    await clock.advance(60_000);
    expect(connects()).toEqual([0, 30_500]);
    await flagsmith.close();
  });

  it.each([
    ["heeds its signal", hang],
    ["ignores its signal", hangDeaf],
  ])("because its fetch hangs and %s times out", async (_name, hanging) => {
    const { flagsmith, platform, connects, clock, warnings } = await createFollowingClient({
      stream: (request, count, respond) => (count === 1 ? hanging(request) : respond()),
      realtimeTimeoutSeconds: 20,
    });
    await clock.advance(20_500);
    expect(connects()).toEqual([0, 20_500]);
    expect(platform.requests[1]?.signal?.aborted).toBe(true);
    expect(warnings()).toEqual([
      "warn Realtime updates are interrupted; polling continues: no data for 20 s (realtimeTimeoutSeconds).",
    ]);
    await flagsmith.close();
  });

  it("follows a redirect to the same origin", async () => {
    const { flagsmith, platform, stream, served, value } = await createFollowingClient({
      stream: (_request, count, respond) => (count === 1 ? redirect("/elsewhere/sse/") : respond()),
    });
    expect(platform.requests[2]).toMatchObject({ url: `${realtimeApiUrl}elsewhere/sse/` });
    stream().sendChange(served.put(2, 5));
    await settle();
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it.each([204, 400, 401, 403, 404, 405, 410, 451])(
    "because of a %i is retried slowly, with one error, while polling continues",
    async (code) => {
      let isRefused = true;
      const { flagsmith, connects, loads, clock, warnings } = await createFollowingClient({
        stream: (_request, _count, respond) =>
          isRefused
            ? new Response(null, { status: code, headers: { "Retry-After": "1" } })
            : respond(),
      });
      await clock.advance(180_000);
      expect(connects()).toEqual([0, 60_000, 180_000]);
      expect(loads()).toEqual([0, 60_000, 120_000, 180_000]);
      const advice =
        code === 404
          ? ": check realtimeApiUrl, and whether realtime updates are enabled for the project"
          : "";
      const refusal = `error Realtime updates are refused; polling continues: ${redactedRequest} failed with status ${code}${advice}.`;
      expect(warnings()).toEqual([refusal]);
      isRefused = false;
      await clock.advance(240_000);
      expect(warnings()).toEqual([refusal, "info Realtime updates work again."]);
      await flagsmith.close();
      expect(clock.pending).toBe(0);
    },
  );

  it.each<[string, () => Response, string]>([
    [
      "JSON",
      () => json({ detail: `No stream for ${apiKey}.` }, { status: 403 }),
      ": No stream for [redacted]",
    ],
    ["text", () => status(403), ""],
    ["a body that ends early", () => forbidden(cutBody()), ""],
    ["a body without an end", () => forbidden(endlessBody()), ""],
    ["a body that does not arrive", () => forbidden(new Response(new ReadableStream())), ""],
  ])("is refused with the reason of the API, from %s", async (_name, refuse, reason) => {
    const { flagsmith, connects, clock, warnings } = await createFollowingClient({
      stream: (_request, count, respond) => (count === 1 ? refuse() : respond()),
    });
    await clock.advance(70_000);
    expect(warnings()).toEqual([
      expect.stringMatching(/^error Realtime updates are refused; polling continues: /),
      "info Realtime updates work again.",
    ]);
    expect(warnings()[0]?.split("failed with status 403")[1]).toMatch(
      new RegExp(`^( \\(.*\\))?${reason.replace(/[[\]]/g, "\\$&")}\\.$`),
    );
    expect(connects()).toHaveLength(2);
    expect(connects()[1]).toBeLessThanOrEqual(62_000);
    await flagsmith.close();
    expect(clock.pending).toBe(0);
  });

  it("is refused until Retry-After has passed, even if that is longer", async () => {
    const { flagsmith, connects, clock } = await createFollowingClient({
      stream: (_request, count, respond) =>
        count === 1 ? status(403, { "Retry-After": "600" }) : respond(),
    });
    await clock.advance(599_000);
    expect(connects()).toEqual([0]);
    await clock.advance(1000);
    expect(connects()).toEqual([0, 600_000]);
    await flagsmith.close();
  });

  it("is opened again by updateEnvironment() after a refusal", async () => {
    const { flagsmith, connects, stream, served, value } = await createFollowingClient({
      stream: (_request, count, respond) => (count === 1 ? status(404) : respond()),
    });
    await flagsmith.updateEnvironment();
    await settle();
    expect(connects()).toEqual([0, 0]);
    await flagsmith.updateEnvironment();
    await settle();
    expect(connects()).toEqual([0, 0]);
    stream().sendChange(served.put(2, 5));
    await settle();
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("because of a missing permission is retried slowly", async () => {
    const denied = Object.assign(new Error(`Requires net access to ${streamUrl}`), {
      name: "NotCapable",
    });
    const { flagsmith, connects, clock, warnings } = await createFollowingClient(
      {
        stream: () => {
          throw denied;
        },
      },
      { isPermissionError: (error) => error === denied },
    );
    await clock.advance(60_000);
    expect(connects()).toEqual([0, 60_000]);
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toContain(
      `are refused; polling continues: ${redactedRequest} is not permitted`,
    );
    await flagsmith.close();
  });
});

function forbidden({ body }: Response): Response {
  return new Response(body, { status: 403 });
}

describe("a refused environment key", () => {
  it.each([401, 403])("closes the stream until a load succeeds (%i)", async (code) => {
    const { flagsmith, connects, loads, stream, streams, served, clock, value } =
      await createFollowingClient({
        documents: (_request, count, respond) => (count === 3 ? status(code) : respond()),
      });
    stream().sendChange(served.put(2, 5));
    await settle();
    expect(loads()).toHaveLength(3);
    expect(streams.open()).toEqual([]);
    await clock.advance(60_000);
    expect([connects().length, loads().length]).toEqual([2, 5]);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("closes the stream until another process has stored a document", async () => {
    const storage = memoryStorage();
    const { flagsmith, loads, stream, streams, served, clock, value } = await createFollowingClient(
      { storage, documents: (_request, count, respond) => (count < 3 ? respond() : status(403)) },
    );
    await clock.advance(1000);
    stream().sendChange(served.put(2, 5));
    await settle();
    expect(streams.open()).toEqual([]);
    const documents = () => json(served.document());
    const other = createRealtimeClient({ storage, documents }, { timers: clock });
    await other.flagsmith.updateEnvironment();
    await clock.advance(30_000);
    expect([streams.open().length, loads().length]).toEqual([1, 3]);
    expect(await value()).toBe(2);
    await Promise.all([flagsmith.close(), other.flagsmith.close()]);
  });
});
