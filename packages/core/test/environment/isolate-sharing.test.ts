import { describe, expect, it } from "vitest";
import {
  documentResponse,
  environmentDocument,
  memoryStorage,
  ownKey,
  recordingChanges,
  storageWith,
  updatedAt,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  FakeClock,
  fixedRandom,
  hang,
  json,
  type Responder,
  recordingLogger,
} from "../fake-platform.ts";
import { createIsolate, createRequest } from "./fake-isolate.ts";

const random = fixedRandom();
allowNoUnhandledRejection();

const minute = 60_000;
/** An API whose document never changes. */
const settled: Responder = () => documentResponse("same");

/** Returns the record in the storage. */
function readRecord(storage: ReturnType<typeof memoryStorage>) {
  const [text = "{}"] = [...storage.map.values()];
  return JSON.parse(String(text));
}

describe("isolates that share a storage", () => {
  it("leave the refreshes to one of them while it keeps the document fresh", async () => {
    const clock = new FakeClock();
    const storage = memoryStorage();
    const options = { storage, environmentRefreshIntervalSeconds: 300 };
    const isolates = Array.from({ length: 5 }, () => createIsolate(settled, options, clock));
    const [first] = isolates;
    if (first === undefined) return expect.unreachable();
    const callAll = async () => {
      for (const { valueFor } of isolates) {
        const scope = createRequest();
        expect(await valueFor(scope)).toBe("same");
        await Promise.all(scope.work);
      }
    };
    await callAll();
    for (let count = 0; count < 120; count++) {
      await clock.advance(30_000);
      await callAll();
    }
    // In one hour: one load and twelve refreshes, by any isolate.
    const counts = isolates.map(({ platform }) => platform.requests.length);
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(13);
    expect(Math.max(...counts)).toBeGreaterThan(9);
    // One record, and a lease for each load.
    expect(storage.writes).toHaveLength(counts.reduce((sum, count) => sum + count) + 1);
  });

  it("take over from a stopped isolate within two intervals", async () => {
    const clock = new FakeClock();
    const storage = memoryStorage();
    const one = createIsolate(settled, { storage }, clock);
    const two = createIsolate(settled, { storage }, clock);
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

  it("renew only the lease of an unchanged document", async () => {
    const storage = memoryStorage();
    const { clock, value } = createIsolate(settled, { storage });
    await value();
    const { digest, fetchedAt } = readRecord(storage);
    await clock.advance(minute);
    await value();
    expect(readRecord(storage).fetchedAt).toBe(fetchedAt);
    const lease = JSON.parse(String(storage.map.get(`${ownKey}-lease`)));
    expect(lease).toEqual({ digest, fetchedAt: fetchedAt + minute, updatedAt });
  });

  it("report no change for a record that is not newer", async () => {
    const storage = storageWith(1000);
    const { changes, onEnvironmentChange } = recordingChanges();
    const options = { storage, onEnvironmentChange, storageCheckIntervalSeconds: 0 };
    const { value } = createIsolate(settled, options);
    for (let count = 0; count < 5; count++) await value();
    // Each call reads the record, because it has no lease.
    expect(storage.reads.filter((key) => key === ownKey)).toHaveLength(5);
    expect(changes).toHaveLength(1);
  });
});

describe("a slow response", () => {
  it("does not replace a newer one in memory or in the storage", async () => {
    const storage = memoryStorage();
    let release = () => {};
    const isReleased = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { clock, flagsmith, value, valueFor } = createIsolate(
      async (_request, count) => {
        if (count === 2) await isReleased;
        return documentResponse(count === 3 ? "new" : "old");
      },
      { storage },
    );
    await value();
    await clock.advance(minute);
    const scope = createRequest();
    await valueFor(scope);
    await clock.advance(1);
    await flagsmith.updateEnvironment();
    release();
    await Promise.all(scope.work);
    expect(JSON.stringify(readRecord(storage).document)).toContain("new");
  });

  it("of one isolate does not replace a newer one of another", async () => {
    const clock = new FakeClock();
    const storage = memoryStorage();
    const options = { storage, storageCheckIntervalSeconds: 3600 };
    const slow = createIsolate(
      async () => {
        await clock.sleep(2000);
        return documentResponse("old");
      },
      options,
      clock,
    );
    const quick = createIsolate(() => documentResponse("new"), options, clock);
    const early = slow.value();
    await clock.advance(1000);
    await quick.flagsmith.updateEnvironment();
    await clock.run(early);
    expect(JSON.stringify(readRecord(storage).document)).toContain("new");
  });
});

describe("isolates whose clocks differ by seconds", () => {
  const dateAt = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();
  const changed = (value: string, seconds: number) => () =>
    json(environmentDocument(value, { updated_at: dateAt(seconds) }));

  /** An isolate whose clock is ahead writes a record. Then another isolate loads a change. */
  async function createIsolatesWithSkew() {
    const storage = memoryStorage();
    const ahead = new FakeClock();
    const clock = new FakeClock();
    await ahead.advance(15_000);
    const one = createIsolate(
      changed("old", 0),
      { storage, storageCheckIntervalSeconds: 0 },
      ahead,
    );
    await one.value();
    let answer = changed("old", 0);
    const other = createIsolate(() => answer(), { storage, storageCheckIntervalSeconds: 0 }, clock);
    expect(await other.value()).toBe("old");
    answer = changed("new", 5);
    await other.flagsmith.updateEnvironment();
    return { storage, one, other };
  }

  it("adopt and store a document with a later updated_at", async () => {
    const { storage, other } = await createIsolatesWithSkew();
    expect(await other.value()).toBe("new");
    expect(JSON.stringify(readRecord(storage).document)).toContain("new");
  });

  it("read a document with a later updated_at, even if fetched earlier", async () => {
    const { one } = await createIsolatesWithSkew();
    expect(await one.value()).toBe("new");
  });

  it("do not refresh on every request if the writer's clock is ahead", async () => {
    const storage = storageWith(-18_000);
    const options = { storage, environmentRefreshIntervalSeconds: 5 };
    const { clock, platform, value } = createIsolate(() => documentResponse("api"), options);
    for (let count = 0; count < 50; count++) {
      await value();
      await clock.advance(50);
    }
    expect(platform.requests.length).toBeLessThan(2);
  });
});

describe("updateEnvironment()", () => {
  /** A storage whose first writes fail. */
  function createFailingStorage(times: number) {
    const storage = memoryStorage();
    let left = times;
    const setItem = async (key: string, value: string) => {
      if (left-- > 0) throw new Error("429 Too Many Requests");
      return storage.setItem(key, value);
    };
    return { ...storage, setItem };
  }

  it("retries a failed write after a second", async () => {
    const storage = createFailingStorage(1);
    const { clock, flagsmith } = createIsolate(() => documentResponse("new"), { storage });
    const startedAt = clock.now();
    await clock.run(flagsmith.updateEnvironment());
    expect(storage.writes.map(({ key }) => key)).toEqual([ownKey, `${ownKey}-lease`]);
    expect(clock.now() - startedAt).toBe(1500);
  });

  it("rejects if the storage keeps failing, but uses the document", async () => {
    const storage = createFailingStorage(9);
    const { clock, flagsmith, value } = createIsolate(() => documentResponse("new"), { storage });
    expect((await catchError(clock.run(flagsmith.updateEnvironment()))).code).toBe(
      "STORAGE_FAILED",
    );
    expect(await value()).toBe("new");
  });

  it("resolves with a read-only storage", async () => {
    const { getItem } = memoryStorage();
    const { flagsmith } = createIsolate(() => documentResponse("new"), { storage: { getItem } });
    await flagsmith.updateEnvironment();
  });
});

describe("without waitUntil", () => {
  it("a request waits longer after each refresh that timed out", async () => {
    const logger = recordingLogger();
    const { clock, value } = createIsolate(
      async (_request, count) => {
        if (count > 1) await clock.sleep(3500);
        return documentResponse(count);
      },
      { logger },
    );
    await value();
    await clock.advance(minute);
    const waits: number[] = [];
    for (let count = 0; count < 4; count++) {
      const startedAt = clock.now();
      await clock.run(value());
      waits.push(clock.now() - startedAt);
      clock.cutOff();
      await clock.advance(20_000);
    }
    // The third refresh ended after 3.5 s, so the fourth request found a fresh document.
    expect(waits).toEqual([1000, 2000, 3500, 0]);
    expect(await value()).toBe(4);
    expect(logger.warnings).toHaveLength(2);
  });

  it("a request waits for a second again after a refresh that succeeded", async () => {
    const delaysMs = [0, 5000, 0, 5000];
    const { clock, value } = createIsolate(async (_request, count) => {
      await clock.sleep(delaysMs[count - 1] ?? 0);
      return documentResponse(count);
    });
    const waits: number[] = [];
    for (let count = 0; count < 4; count++) {
      const startedAt = clock.now();
      await clock.run(value());
      waits.push(clock.now() - startedAt);
      clock.cutOff();
      await clock.advance(minute);
    }
    expect(waits).toEqual([0, 1000, 0, 1000]);
  });

  it("a request waits at most four seconds for an API that hangs", async () => {
    const { clock, value } = createIsolate((request, count) =>
      count === 1 ? documentResponse("old") : hang(request),
    );
    await value();
    await clock.advance(minute);
    const waits: number[] = [];
    for (let count = 0; count < 4; count++) {
      const startedAt = clock.now();
      expect(await clock.run(value())).toBe("old");
      waits.push(clock.now() - startedAt);
      clock.cutOff();
      await clock.advance(20_000);
    }
    expect(waits).toEqual([1000, 2000, 4000, 4000]);
  });

  it("a storage that hangs delays a request by one second at most", async () => {
    let isHanging = false;
    const { clock, value } = createIsolate(() => documentResponse("fresh"), {
      storage: { getItem: () => (isHanging ? new Promise(() => undefined) : null) },
    });
    await value();
    isHanging = true;
    await clock.advance(30_000);
    const startedAt = clock.now();
    expect(await clock.run(value())).toBe("fresh");
    expect(clock.now() - startedAt).toBe(1000);
    expect(await value()).toBe("fresh");
  });
});
