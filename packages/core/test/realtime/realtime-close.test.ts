import { describe, expect, it } from "vitest";
import {
  allowNoUnhandledRejection,
  failureOf,
  fixedRandom,
  hang,
  hangDeaf,
  type SeenRequest,
  settle,
  status,
} from "../fake-platform.ts";
import { eventStreams } from "../fake-streams.ts";
import { following, streaming, toldAt } from "./fake-realtime.ts";

allowNoUnhandledRejection();
fixedRandom();

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
    expect([clock.pending, changes.length]).toEqual([0, 1]);
    await clock.advance(3_600_000);
    expect(platform.requests).toHaveLength(4);
  });

  it("by onEnvironmentChange itself, for a change that was told, ends the stream", async () => {
    let count = 0;
    const { flagsmith, clock, stream, streams, served, platform } = await following({
      onEnvironmentChange: () => {
        count += 1;
        if (count === 2) void flagsmith.close();
      },
    });
    stream().tell(served.put(2, 5));
    await settle();
    expect([clock.pending, streams.open()]).toEqual([0, []]);
    await clock.advance(3_600_000);
    expect(platform.requests).toHaveLength(4);
  });
});
