import { describe, expect, it } from "vitest";
import {
  type Answer,
  allowNoUnhandledRejection,
  fixedRandom,
  hang,
  hangDeaf,
  redirect,
  reset,
  settle,
  status,
} from "../fake-platform.ts";
import type { FakeStream } from "../fake-streams.ts";
import { eventStreamType, following, named, realtimeApiUrl, streamUrl } from "./fake-realtime.ts";

allowNoUnhandledRejection();
const random = fixedRandom();

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
    // One poll more at the interval: a cache may have hidden from the check what it was for.
    expect(clock.due).toContain(60_000);
    await clock.advance(60_000);
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
      "warn Realtime updates are interrupted; polling continues: the server ended the stream.",
    ]);
    await flagsmith.close();
  });

  it("at once, time after time, is opened ever more slowly", async () => {
    random.value = 1;
    const { flagsmith, connects, clock } = await following({
      stream: () => new Response(new Uint8Array(), { headers: eventStreamType }),
    });
    await clock.advance(120_000);
    const waits = connects().map((at, index, all) => at - (all[index - 1] ?? 0));
    expect(waits.slice(1)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000]);
    await flagsmith.close();
  });

  it("waits as long as it had asked for by retry:", async () => {
    random.value = 1;
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

describe("a stream that cannot be opened", () => {
  it.each<[string, Answer, string]>([
    ["is reset", () => reset(), `${named} failed: read ECONNRESET.`],
    ["is answered with 500", () => status(500), `${named} failed with status 500.`],
    ["is answered with 408", () => status(408), `${named} failed with status 408.`],
    ["is answered with 425", () => status(425), `${named} failed with status 425.`],
    ["is answered with 429", () => status(429), `${named} failed with status 429.`],
    [
      "is answered with a page",
      () => new Response("<html>", { headers: { "Content-Type": "text/html" } }),
      `${named} returned a response that is not an event stream: check realtimeApiUrl.`,
    ],
    [
      "is answered with what only looks like events",
      () => new Response(":", { headers: { "Content-Type": "text/event-streams" } }),
      `${named} returned a response that is not an event stream: check realtimeApiUrl.`,
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
      random.value = 1;
      const { flagsmith, platform, clock, loads, warnings, value } = await following({
        stream: twist,
      });
      await clock.advance(60_000);
      const firsts = platform.requests.filter(({ url }) => url === streamUrl).map(({ at }) => at);
      expect(firsts).toEqual([0, 1000, 3000, 7000, 15_000, 31_000]);
      expect(warnings()).toEqual([
        `warn Realtime updates are interrupted; polling continues: ${reason}`,
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
        "warn Realtime updates are interrupted; polling continues: no data for 20 s (realtimeTimeoutSeconds).",
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

  it.each([204, 400, 401, 403, 404, 405, 410, 451])(
    "because of a %i is left for good, said once, and polls go on as ever",
    async (code) => {
      const { flagsmith, connects, loads, clock, warnings } = await following({
        stream: () => new Response(null, { status: code, headers: { "Retry-After": "1" } }),
      });
      await clock.advance(180_000);
      expect(connects()).toEqual([0]);
      expect(loads()).toEqual([0, 60_000, 120_000, 180_000]);
      const advice =
        code === 404
          ? ": check realtimeApiUrl, and whether realtime updates are enabled for the project"
          : "";
      expect(warnings()).toEqual([
        `warn Realtime updates have stopped until updateEnvironment(); polling continues: ${named} failed with status ${code}${advice}.`,
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
    expect(warnings()[0]).toContain(
      `until updateEnvironment(); polling continues: ${named} is not permitted`,
    );
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
