import { describe, expect, it } from "vitest";
import {
  allowNoUnhandledRejection,
  catchError,
  fixedRandom,
  hang,
  hangDeaf,
  type SeenRequest,
  settle,
  status,
} from "../fake-platform.ts";
import { changedAt, createFollowingClient, createRealtimeClient } from "./fake-realtime.ts";
import { eventStreams } from "./fake-streams.ts";

allowNoUnhandledRejection();
fixedRandom();

describe("close", () => {
  it("closes an open stream", async () => {
    const client = await createFollowingClient();
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

  it("cancels a stream whose body ignores the signal", async () => {
    const other = eventStreams();
    const { flagsmith, clock } = await createFollowingClient({
      stream: (request, count) => other.answer({ ...request, signal: undefined }, count),
    });
    expect(other.open()).toHaveLength(1);
    await flagsmith.close();
    await settle();
    expect([other.open(), clock.pending]).toEqual([[], 0]);
  });

  it("before the first load prevents the stream", async () => {
    const { flagsmith, platform, clock } = createRealtimeClient();
    await flagsmith.close();
    expect((await catchError(flagsmith.ready())).code).toBe("CLOSED");
    await clock.advance(3_600_000);
    expect([platform.requests, clock.pending]).toEqual([[], 0]);
  });

  it.each([
    ["during the first load", { documents: hang }],
    ["while the stream opens", { stream: hang }],
    ["while a fetch that ignores its signal opens the stream", { stream: hangDeaf }],
    ["while the stream waits to reconnect", { stream: () => status(500) }],
    [
      "while the stream waits for Retry-After",
      { stream: () => status(503, { "Retry-After": "900" }) },
    ],
    ["after the stream was refused", { stream: () => status(404) }],
    [
      "during the load after the stream opened",
      {
        documents: (
          request: SeenRequest,
          count: number,
          respond: () => Response | Promise<Response>,
        ) => (count === 1 ? respond() : hang(request)),
      },
    ],
  ] satisfies [string, Parameters<typeof createRealtimeClient>[0]][])(
    "%s leaves nothing behind",
    async (_name, options) => {
      const client = createRealtimeClient(options);
      const ready = client.flagsmith.ready().catch(() => undefined);
      await settle();
      await client.flagsmith.close();
      await ready;
      await settle();
      expect(client.clock.pending).toBe(0);
      expect(client.streams.open()).toEqual([]);
      const { length } = client.platform.requests;
      const { length: warnings } = client.warnings();
      await client.clock.advance(3_600_000);
      expect(client.platform.requests).toHaveLength(length);
      expect(client.warnings()).toHaveLength(warnings);
    },
  );

  it("cancels a stream that opens in spite of the abort", async () => {
    const other = eventStreams();
    let open = () => {};
    const { flagsmith, clock, platform } = await createFollowingClient({
      stream: (request) =>
        new Promise((resolve) => {
          open = () => resolve(other.answer({ ...request, signal: undefined }, 1));
        }),
    });
    await flagsmith.close();
    open();
    await settle();
    expect([other.opened.length, other.open().length]).toEqual([1, 0]);
    expect([clock.pending, platform.requests.length]).toEqual([0, 2]);
  });

  it("between reloads of an old document leaves nothing behind", async () => {
    const { flagsmith, clock, stream, loads, platform } = await createFollowingClient();
    stream().sendChange(changedAt + 5);
    await clock.advance(1500);
    expect(loads()).toHaveLength(4);
    await flagsmith.close();
    expect(clock.pending).toBe(0);
    await clock.advance(3_600_000);
    expect(platform.requests).toHaveLength(5);
  });

  it("during the load of a change leaves nothing behind", async () => {
    const { flagsmith, clock, stream, platform, changes } = await createFollowingClient({
      documents: (request, count, respond) => (count <= 2 ? respond() : hang(request)),
    });
    stream().sendChange(changedAt + 5);
    await settle();
    await flagsmith.close();
    await settle();
    expect([clock.pending, changes.length]).toEqual([0, 1]);
    await clock.advance(3_600_000);
    expect(platform.requests).toHaveLength(4);
  });

  it("in onEnvironmentChange closes the stream", async () => {
    let count = 0;
    const { flagsmith, clock, stream, streams, served, platform } = await createFollowingClient({
      onEnvironmentChange: () => {
        count += 1;
        if (count === 2) void flagsmith.close();
      },
    });
    stream().sendChange(served.put(2, 5));
    await settle();
    expect([clock.pending, streams.open()]).toEqual([0, []]);
    await clock.advance(3_600_000);
    expect(platform.requests).toHaveLength(4);
  });
});
