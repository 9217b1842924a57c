import { describe, expect, it } from "vitest";
import {
  documentAnswer,
  environmentDocument,
  memoryStorage,
  recordingChanges,
  storageWith,
} from "../fake-environment.ts";
import {
  type Answer,
  allowNoUnhandledRejection,
  FakeClock,
  failureOf,
  fixedRandom,
  hang,
  json,
  recordingLogger,
} from "../fake-platform.ts";
import { isolate, request } from "./fake-isolate.ts";

const random = fixedRandom();
allowNoUnhandledRejection();

const minute = 60_000;
const lastModified = "Wed, 31 Dec 2025 12:00:00 GMT";

/** The API with a document that never changes, and that says so. */
const settled: Answer = ({ headers }) =>
  headers["if-modified-since"] === undefined
    ? documentAnswer("same", {
        "Last-Modified": lastModified,
        Date: "Thu, 01 Jan 2026 00:00:00 GMT",
      })
    : status304();

function status304(): Response {
  return new Response(null, { status: 304 });
}

/** What the storage says of its record. */
function recordIn(storage: ReturnType<typeof memoryStorage>) {
  const [text = "{}"] = [...storage.map.values()];
  return JSON.parse(String(text));
}

describe("isolates that share a storage", () => {
  it("leave the API to one of them, as long as it keeps the document fresh", async () => {
    const clock = new FakeClock();
    const storage = memoryStorage();
    const options = { storage, environmentRefreshIntervalSeconds: 300 };
    const isolates = Array.from({ length: 5 }, () => isolate(settled, options, clock));
    const [first] = isolates;
    if (first === undefined) return expect.unreachable();
    const askAll = async () => {
      for (const { valueFor } of isolates) {
        const asking = request();
        expect(await valueFor(asking)).toBe("same");
        await Promise.all(asking.work);
      }
    };
    await askAll();
    for (let count = 0; count < 120; count++) {
      await clock.advance(30_000);
      await askAll();
    }
    // An hour: one load and twelve polls, by whichever isolate.
    const counts = isolates.map(({ platform }) => platform.requests.length);
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(13);
    expect(Math.max(...counts)).toBeGreaterThan(9);
    expect(storage.writes).toHaveLength(counts.reduce((sum, count) => sum + count));
  });

  it("take over from one that is gone, within two intervals", async () => {
    const clock = new FakeClock();
    const storage = memoryStorage();
    const one = isolate(settled, { storage }, clock);
    const two = isolate(settled, { storage }, clock);
    await one.value();
    await two.value();
    await clock.advance(minute);
    await one.value();
    await two.value();
    expect(two.platform.requests).toHaveLength(0);
    random.value = 0.999;
    await clock.advance(2 * minute);
    await two.value();
    expect(two.platform.requests).toHaveLength(1);
  });

  it("know by a 304 that the stored document is fresh, without another copy of it", async () => {
    const storage = memoryStorage();
    const { clock, value, platform } = isolate(settled, { storage });
    await value();
    const { document, fetchedAt } = recordIn(storage);
    await clock.advance(minute);
    await value();
    expect(platform.requests.at(-1)?.headers["if-modified-since"]).toBe(lastModified);
    const renewed = recordIn(storage);
    expect(renewed.document).toEqual(document);
    expect(renewed.fetchedAt).toBe(fetchedAt + minute);
    expect(renewed.conditionalPolls).toBe(1);
  });

  it("do not renew a record that holds another document, nor one that is newer", async () => {
    for (const [more, ageMs] of [
      [{ lastModified: "Thu, 01 Jan 2026 00:00:30 GMT" }, 10_000],
      [{}, -30_000],
    ] as const) {
      const storage = memoryStorage();
      const { clock, value } = isolate(settled, {
        storage,
        storageCheckIntervalSeconds: 3600,
        environmentRefreshIntervalSeconds: 20,
      });
      await value();
      const [[key = ""] = []] = [...storage.map];
      const other = storageWith(ageMs, { lastModified, ...more });
      const [text] = other.map.values();
      storage.map.set(key, text);
      await clock.advance(20_000);
      await value();
      expect(storage.map.get(key)).toBe(text);
    }
  });

  it("are given no change for a record that is no newer than what they have", async () => {
    const storage = storageWith(1000);
    const { changes, onEnvironmentChange } = recordingChanges();
    const options = { storage, onEnvironmentChange, storageCheckIntervalSeconds: 0 };
    const { value } = isolate(settled, options);
    for (let count = 0; count < 5; count++) await value();
    expect(storage.reads).toHaveLength(5);
    expect(changes).toHaveLength(1);
  });
});

describe("a slow answer", () => {
  it("is not written over a newer one, in memory or in the storage", async () => {
    const storage = memoryStorage();
    let release = () => {};
    const isReleased = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { clock, flagsmith, value, valueFor } = isolate(
      async (_asked, count) => {
        if (count === 2) await isReleased;
        return documentAnswer(count === 3 ? "new" : "old");
      },
      { storage },
    );
    await value();
    await clock.advance(minute);
    const asking = request();
    await valueFor(asking);
    await clock.advance(1);
    await flagsmith.updateEnvironment();
    release();
    await Promise.all(asking.work);
    expect(JSON.stringify(recordIn(storage).document)).toContain("new");
  });

  it("of one isolate is not written over a newer one of another", async () => {
    const clock = new FakeClock();
    const storage = memoryStorage();
    const options = { storage, storageCheckIntervalSeconds: 3600 };
    const slow = isolate(
      async () => {
        await clock.sleep(2000);
        return documentAnswer("old");
      },
      options,
      clock,
    );
    const quick = isolate(() => documentAnswer("new"), options, clock);
    const early = slow.value();
    await clock.advance(1000);
    await quick.flagsmith.updateEnvironment();
    await clock.run(early);
    expect(JSON.stringify(recordIn(storage).document)).toContain("new");
  });
});

describe("isolates whose clocks differ by seconds", () => {
  const dateAt = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();
  const changed = (value: string, seconds: number) => () =>
    json(environmentDocument(value, { updated_at: dateAt(seconds) }));

  /** One that is ahead has written a record; another then hears of a change. */
  async function afterOneAhead() {
    const storage = memoryStorage();
    const ahead = new FakeClock();
    const clock = new FakeClock();
    await ahead.advance(15_000);
    const one = isolate(changed("old", 0), { storage, storageCheckIntervalSeconds: 0 }, ahead);
    await one.value();
    let answer = changed("old", 0);
    const other = isolate(() => answer(), { storage, storageCheckIntervalSeconds: 0 }, clock);
    expect(await other.value()).toBe("old");
    answer = changed("new", 5);
    await other.flagsmith.updateEnvironment();
    return { storage, one, other };
  }

  it("take what is new by its own date, in memory and in the storage", async () => {
    const { storage, other } = await afterOneAhead();
    expect(await other.value()).toBe("new");
    expect(JSON.stringify(recordIn(storage).document)).toContain("new");
  });

  it("find it there, though it was fetched earlier by the clock", async () => {
    const { one } = await afterOneAhead();
    expect(await one.value()).toBe("new");
  });

  it("do not ask for each request because a record comes from a clock that is ahead", async () => {
    const storage = storageWith(-18_000);
    const options = { storage, environmentRefreshIntervalSeconds: 5 };
    const { clock, platform, value } = isolate(() => documentAnswer("api"), options);
    for (let count = 0; count < 50; count++) {
      await value();
      await clock.advance(50);
    }
    expect(platform.requests.length).toBeLessThan(2);
  });
});

describe("updateEnvironment()", () => {
  /** A store that refuses so many writes. */
  function refusing(times: number) {
    const storage = memoryStorage();
    let left = times;
    const setItem = async (key: string, value: string) => {
      if (left-- > 0) throw new Error("429 Too Many Requests");
      return storage.setItem(key, value);
    };
    return { ...storage, setItem };
  }

  it("writes again after a second where the storage refuses: one takes one write a second", async () => {
    const storage = refusing(1);
    const { clock, flagsmith } = isolate(() => documentAnswer("new"), { storage });
    const begunAt = clock.now();
    await clock.run(flagsmith.updateEnvironment());
    expect(storage.writes).toHaveLength(1);
    expect(clock.now() - begunAt).toBe(1500);
  });

  it("fails where the storage refuses for good, though this isolate has the document", async () => {
    const storage = refusing(9);
    const { clock, flagsmith, value } = isolate(() => documentAnswer("new"), { storage });
    expect((await failureOf(clock.run(flagsmith.updateEnvironment()))).code).toBe("STORAGE_FAILED");
    expect(await value()).toBe("new");
  });

  it("is content with a storage that is read-only", async () => {
    const { getItem } = memoryStorage();
    const { flagsmith } = isolate(() => documentAnswer("new"), { storage: { getItem } });
    await flagsmith.updateEnvironment();
  });
});

describe("without waitUntil", () => {
  it("a request waits ever longer for an API that is slower than that", async () => {
    const logger = recordingLogger();
    const { clock, value } = isolate(
      async (_asked, count) => {
        if (count > 1) await clock.sleep(3500);
        return documentAnswer(count);
      },
      { logger },
    );
    await value();
    await clock.advance(minute);
    const waits: number[] = [];
    for (let count = 0; count < 4; count++) {
      const begunAt = clock.now();
      await clock.run(value());
      waits.push(clock.now() - begunAt);
      clock.cutOff();
      await clock.advance(20_000);
    }
    // The third took 3.5 s and ended; the fourth found the document fresh.
    expect(waits).toEqual([1000, 2000, 3500, 0]);
    expect(await value()).toBe(4);
    expect(logger.warnings).toHaveLength(2);
  });

  it("a request never waits for more than four seconds for an API that hangs", async () => {
    const { clock, value } = isolate((asked, count) =>
      count === 1 ? documentAnswer("old") : hang(asked),
    );
    await value();
    await clock.advance(minute);
    const waits: number[] = [];
    for (let count = 0; count < 4; count++) {
      const begunAt = clock.now();
      expect(await clock.run(value())).toBe("old");
      waits.push(clock.now() - begunAt);
      clock.cutOff();
      await clock.advance(20_000);
    }
    expect(waits).toEqual([1000, 2000, 4000, 4000]);
  });

  it("a storage that hangs holds a request up for a second at most, once there is a document", async () => {
    let isHanging = false;
    const { clock, value } = isolate(() => documentAnswer("fresh"), {
      storage: { getItem: () => (isHanging ? new Promise(() => undefined) : null) },
    });
    await value();
    isHanging = true;
    await clock.advance(30_000);
    const begunAt = clock.now();
    expect(await clock.run(value())).toBe("fresh");
    expect(clock.now() - begunAt).toBe(1000);
    expect(await value()).toBe("fresh");
  });
});
