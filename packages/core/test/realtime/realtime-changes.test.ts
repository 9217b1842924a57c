import { describe, expect, it } from "vitest";
import { environmentDocument, updatedAt } from "../fake-environment.ts";
import { allowNoUnhandledRejection, fixedRandom, json, settle, status } from "../fake-platform.ts";
import { apiKey, changedAt, createFollowingClient, toIsoDate } from "./fake-realtime.ts";

allowNoUnhandledRejection();
const random = fixedRandom();

describe("a change", () => {
  it("is loaded immediately and reported", async () => {
    const { flagsmith, platform, clock, stream, served, changes, value } =
      await createFollowingClient();
    await clock.advance(7000);
    stream().sendChange(served.put(2, 5));
    await settle();
    expect(await value()).toBe(2);
    expect(changes).toEqual([`new ${updatedAt}`, `new ${toIsoDate(changedAt + 5)}`]);
    expect(platform.requests.at(-1)?.at).toBe(7000);
    await flagsmith.close();
  });

  it("needs no load if the document has it, to the microsecond", async () => {
    const { flagsmith, loads, stream, clock } = await createFollowingClient();
    stream().sendChange(changedAt - 3600);
    stream().sendChange(changedAt);
    stream().sendChange(Date.parse(updatedAt) / 1000);
    await clock.advance(10_000);
    expect(loads()).toEqual([0, 0]);
    await flagsmith.close();
  });

  it.each([
    ["in one chunk", true],
    ["one by one", false],
  ])("announced 500 times, %s, is loaded once", async (_name, isOneChunk) => {
    const { flagsmith, loads, stream, served, value, clock } = await createFollowingClient();
    const last = served.put(2, 500);
    const times = Array.from({ length: 500 }, (_, at) => last - at * 0.5);
    const order = [...times].reverse();
    if (isOneChunk) {
      stream().send(order.map((at) => `data: {"updated_at": ${at}}\n\n`).join(""));
    } else {
      for (const at of order) stream().sendChange(at);
    }
    await clock.advance(60_000);
    expect(loads()).toEqual([0, 0, 0]);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it.each([
    ["10 ms, with the shortest pause", 10, 0],
    ["10 ms, with the average pause", 10, 0.5],
    ["10 ms, with the longest pause", 10, 0.999],
    ["no time", 0, 0],
    ["longer than the pause", 1700, 0.5],
  ])(
    "a hundred times in three seconds is loaded four times if a load takes %s",
    async (_name, loadMs, jitter) => {
      random.value = jitter;
      let wait = async () => {};
      const { flagsmith, loads, stream, served, value, clock } = await createFollowingClient({
        documents: async (_request, _count, respond) => {
          const answer = respond();
          await wait();
          return answer;
        },
      });
      if (loadMs > 0) wait = () => clock.sleep(loadMs);
      for (let count = 1; count <= 100; count++) {
        stream().sendChange(served.put(count, count));
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

  it("is loaded immediately after the pause of the previous one", async () => {
    const { flagsmith, loads, stream, served, clock } = await createFollowingClient();
    stream().sendChange(served.put(2, 5));
    await clock.advance(1300);
    stream().sendChange(served.put(3, 6));
    await settle();
    expect(loads()).toEqual([0, 0, 0, 1300]);
    stream().sendChange(served.put(4, 7));
    await clock.advance(1249);
    expect(loads()).toHaveLength(4);
    await clock.advance(1);
    expect(loads().slice(4)).toEqual([2550]);
    await flagsmith.close();
  });

  it("announced while loads fail is not loaded once per event", async () => {
    const { flagsmith, loads, stream, clock, value, served } = await createFollowingClient({
      documents: (_request, count, respond) => (count > 2 && count < 6 ? status(500) : respond()),
    });
    for (let count = 1; count <= 100; count++) {
      stream().sendChange(served.put(count, count));
      await clock.advance(30);
    }
    // One load per second, then backoff, then the polls.
    expect(loads()).toEqual([0, 0, 0, 1250]);
    await clock.advance(120_000);
    expect(await value()).toBe(100);
    await flagsmith.close();
  });

  it("announced repeatedly does not flood an API that is down", async () => {
    const { flagsmith, loads, stream, clock, served } = await createFollowingClient({
      documents: (_request, count, respond) => (count > 2 ? status(503) : respond()),
    });
    for (let count = 1; count <= 300; count++) {
      stream().sendChange(served.put(count, count));
      await clock.advance(1000);
    }
    expect(loads().length).toBeLessThan(20);
    await flagsmith.close();
  });

  it("is not undone by a cache that returns an older document", async () => {
    let isStale = false;
    const old = environmentDocument("old", { api_key: apiKey });
    const { flagsmith, stream, clock, served, value } = await createFollowingClient({
      documents: (_request, _count, respond) => (isStale ? json(old) : respond()),
    });
    stream().sendChange(served.put("new", 5));
    await clock.advance(60_000);
    await flagsmith.updateEnvironment();
    isStale = true;
    await flagsmith.updateEnvironment();
    expect(await value()).toBe("new");
    await clock.advance(120_000);
    expect(await value()).toBe("new");
    await flagsmith.close();
  });

  it.each(["2026-01-01T12:00:05.127", "2026-01-01T12:00:05.127000"])(
    "matches a document whose date has no zone: %s",
    async (date) => {
      const { flagsmith, stream, clock, served, loads } = await createFollowingClient();
      served.put("new", 5, { updated_at: date });
      stream().sendChange(Date.UTC(2026, 0, 1, 12, 0, 5, 130) / 1000);
      await clock.advance(60_000);
      expect(loads()).toHaveLength(3);
      await flagsmith.close();
    },
  );

  it("announced during a load is loaded again if the load missed it", async () => {
    const pending: ((response: Response) => void)[] = [];
    const { flagsmith, loads, stream, served, value, clock } = await createFollowingClient({
      documents: (_request, count, respond) =>
        count <= 2 ? respond() : new Promise((resolve) => void pending.push(resolve)),
    });
    stream().sendChange(served.put(2, 5));
    await settle();
    const old = json(served.document());
    stream().sendChange(served.put(3, 6));
    await settle();
    expect(loads()).toHaveLength(3);
    pending[0]?.(old);
    await settle();
    expect(await value()).toBe(2);
    await clock.advance(1250);
    expect(loads()).toEqual([0, 0, 0, 1250]);
    pending[1]?.(json(served.document()));
    await clock.advance(60_000);
    expect(loads()).toHaveLength(4);
    expect(await value()).toBe(3);
    await flagsmith.close();
  });

  it("announced during a poll is loaded after it if the poll missed it", async () => {
    for (const hasChange of [true, false]) {
      let resolveLoad = (_response: Response) => {};
      const { flagsmith, loads, stream, served, value } = await createFollowingClient({
        documents: (_request, count, respond) =>
          count !== 3
            ? respond()
            : new Promise((resolve) => {
                resolveLoad = resolve;
              }),
      });
      const update = flagsmith.updateEnvironment();
      await settle();
      const old = json(served.document());
      stream().sendChange(served.put(2, 5));
      await settle();
      expect(loads()).toHaveLength(3);
      resolveLoad(hasChange ? json(served.document()) : old);
      await update;
      await settle();
      expect(loads()).toHaveLength(hasChange ? 3 : 4);
      expect(await value()).toBe(2);
      await flagsmith.close();
    }
  });

  it("is loaded once per event if documents have no date", async () => {
    const undated = environmentDocument(1, { api_key: apiKey, updated_at: undefined });
    const { flagsmith, loads, stream, clock } = await createFollowingClient({
      documents: () => json(undated),
    });
    stream().sendChange(changedAt);
    stream().sendChange(changedAt);
    await clock.advance(10_000);
    stream().sendChange(changedAt);
    stream().sendChange(changedAt - 1);
    await clock.advance(10_000);
    expect(loads()).toEqual([0, 0, 0]);
    stream().sendChange(changedAt + 1);
    await clock.advance(10_000);
    expect(loads()).toEqual([0, 0, 0, 20_000]);
    await flagsmith.close();
  });

  it("is read from split chunks with comments and CRLF", async () => {
    const { flagsmith, stream, served, value } = await createFollowingClient();
    const at = served.put(2, 5);
    const text = `: ключ\r\nevent: updated\r\ndata: {"note": "€",\r\ndata: "updated_at": ${at}}\r\n\r\n`;
    for (const byte of new TextEncoder().encode(text)) stream().send(Uint8Array.of(byte));
    await settle();
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is read between events without a date, which are logged once", async () => {
    const { flagsmith, stream, served, value, warnings, loads } = await createFollowingClient();
    stream().send("data: ping\n\ndata: {}\n\nevent: x\ndata: {\n\n");
    await settle();
    expect(loads()).toHaveLength(2);
    stream().sendChange(served.put(2, 5));
    await settle();
    expect(await value()).toBe(2);
    expect(warnings()).toEqual([
      "warn The realtime stream sent an event without updated_at, which is ignored. (Logged once.)",
    ]);
    await flagsmith.close();
  });
});
