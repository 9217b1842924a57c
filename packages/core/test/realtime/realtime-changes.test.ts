import { describe, expect, it } from "vitest";
import { environmentDocument, updatedAt } from "../fake-environment.ts";
import { allowNoUnhandledRejection, fixedRandom, json, settle, status } from "../fake-platform.ts";
import { apiKey, dated, dateOf, following, toldAt } from "./fake-realtime.ts";

allowNoUnhandledRejection();
const random = fixedRandom();

describe("a change", () => {
  it("is loaded at once, whole, and reported", async () => {
    const { flagsmith, platform, clock, stream, served, changes, value } = await following();
    await clock.advance(7000);
    stream().tell(served.put(2, 5));
    await settle();
    expect(await value()).toBe(2);
    expect(changes).toEqual([`new ${updatedAt}`, `new ${dateOf(toldAt + 5)}`]);
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
      random.value = jitter;
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
    // One a second, then ever fewer, and in the end the polls.
    expect(loads()).toEqual([0, 0, 0, 1250]);
    await clock.advance(120_000);
    expect(await value()).toBe(100);
    await flagsmith.close();
  });

  it("told again and again does not keep an API busy that is down", async () => {
    const { flagsmith, loads, stream, clock, served } = await following({
      documents: (_request, count, usual) => (count > 2 ? status(503) : usual()),
    });
    for (let count = 1; count <= 300; count++) {
      stream().tell(served.put(count, count));
      await clock.advance(1000);
    }
    expect(loads().length).toBeLessThan(20);
    await flagsmith.close();
  });

  it("is not forgotten: what a cache sends afterwards, and is older, is loaded again", async () => {
    let isStale = false;
    const old = environmentDocument("old", { api_key: apiKey });
    const { flagsmith, stream, clock, served, value } = await following({
      documents: (_request, _count, usual) => (isStale ? json(old, { headers: dated }) : usual()),
    });
    stream().tell(served.put("new", 5));
    await clock.advance(60_000);
    await flagsmith.updateEnvironment();
    isStale = true;
    await flagsmith.updateEnvironment();
    expect(await value()).toBe("old");
    isStale = false;
    await clock.advance(5000);
    expect(await value()).toBe("new");
    await flagsmith.close();
  });

  it.each(["2026-01-01T12:00:05.127", "2026-01-01T12:00:05.127000"])(
    "is the one of a document whose date, %s, has no zone",
    async (date) => {
      const { flagsmith, stream, clock, served, loads } = await following();
      served.put("new", 5, { updated_at: date });
      stream().tell(Date.UTC(2026, 0, 1, 12, 0, 5, 130) / 1000);
      await clock.advance(60_000);
      expect(loads()).toHaveLength(3);
      await flagsmith.close();
    },
  );

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
      "warn The realtime stream sent an event without updated_at, which is ignored. This is logged once.",
    ]);
    await flagsmith.close();
  });
});
