import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/platform/digest.ts";
import { collectGarbage } from "../collect-garbage.ts";
import {
  documentResponse,
  environmentDocument,
  memoryStorage,
  ownKey,
  storageWith,
  storedRecord,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  apiUrl,
  environmentKey,
  fixedRandom,
  json,
  settle,
  status,
} from "../fake-platform.ts";
import { countRequests, createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

const hour = 3_600_000;

describe("reading from the storage", () => {
  const failures: Record<string, () => unknown> = {
    throws: () => {
      throw new Error(environmentKey);
    },
    rejects: () => Promise.reject(new Error(environmentKey)),
  };

  it.each(Object.entries(failures))(
    "falls back to the API, with one warning, if it %s",
    async (_name, getItem) => {
      const { clock, flagsmith, value, times, logger } = createPollingClient(
        (_request, count) => (count < 3 ? status(500) : documentResponse()),
        { storage: { getItem } },
      );
      await expect(flagsmith.ready()).rejects.toMatchObject({ code: "API_STATUS" });
      await clock.advance(3000);
      expect(await value()).toBe("api");
      expect(times()).toEqual([0, 1000, 3000]);
      const lines = logger.warnings.filter((line) => line.includes("storage"));
      expect(lines).toEqual([expect.stringMatching(/^Reading from the storage failed: /)]);
    },
  );

  it("ends after two seconds if it hangs", async () => {
    const { clock, flagsmith, times, logger } = createPollingClient(() => documentResponse(), {
      storage: { getItem: () => new Promise(() => undefined) },
    });
    await clock.run(flagsmith.ready());
    expect(times()).toEqual([2000]);
    // Only the wait for the call's deadline keeps the process alive.
    expect(clock.sleeps).toEqual([20_000]);
    expect(logger.warnings).toEqual([expect.stringMatching(/^Reading from the storage failed: /)]);
  });

  it("may take two seconds", async () => {
    const { clock, value, times } = createPollingClient(() => documentResponse(), {
      storage: {
        getItem: async () => {
          await clock.sleep(1999);
          return storedRecord();
        },
      },
    });
    expect(await clock.run(value())).toBe("stored");
    expect(times()).toEqual([]);
  });

  it("may use a quarter of the deadline, then the API is asked", async () => {
    const { clock, value, times } = createPollingClient(() => documentResponse(), {
      storage: { getItem: () => new Promise(() => undefined) },
      requestTimeoutSeconds: 1,
    });
    expect(await clock.run(value())).toBe("api");
    expect(times()).toEqual([500]);
  });
});

describe("writing to the storage", () => {
  it("stores each document with its date and digest", async () => {
    const storage = memoryStorage();
    const { clock, flagsmith } = createPollingClient((_request, count) => documentResponse(count), {
      storage,
    });
    await flagsmith.ready();
    await clock.advance(60_000);
    const leaseKey = `${ownKey}-lease`;
    expect(storage.writes.map(({ key }) => key)).toEqual([ownKey, leaseKey, ownKey, leaseKey]);
    const digests = await Promise.all(
      [1, 2].map((value) => sha256(JSON.stringify(environmentDocument(value)))),
    );
    const records = storage.writes.filter(({ key }) => key === ownKey);
    expect(records.map(({ value }) => JSON.parse(value))).toEqual([
      storedRecord({ document: environmentDocument(1), digest: digests[0] }),
      storedRecord({
        document: environmentDocument(2),
        digest: digests[1],
        fetchedAt: Date.UTC(2026, 0, 1) + 60_000,
      }),
    ]);
    expect(JSON.stringify(storage.writes)).not.toContain(environmentKey);
  });

  it("lets the next client start without the API", async () => {
    const storage = memoryStorage();
    const first = createPollingClient(() => documentResponse(), { storage });
    await first.flagsmith.ready();
    await settle();
    const second = createPollingClient(() => status(500), { storage });
    expect(await second.value()).toBe("api");
    expect(second.times()).toEqual([]);
  });

  it("is skipped for a 304, a failure and an invalid document", async () => {
    const storage = storageWith(hour);
    const answers = [304, 500, 200];
    const { clock, flagsmith, times } = createPollingClient(
      (_request, count) => {
        const code = answers[count - 1] ?? 500;
        return code === 200
          ? json(environmentDocument("x", { feature_states: {} }))
          : new Response(null, { status: code });
      },
      { storage },
    );
    await flagsmith.ready();
    await clock.advance(120_000);
    expect(times()).toHaveLength(3);
    expect(storage.writes).toEqual([]);
  });

  it("does not delay the call", async () => {
    const { value, clock } = createPollingClient(() => documentResponse(), {
      storage: { getItem: () => null, setItem: () => new Promise(() => undefined) },
    });
    expect(await value()).toBe("api");
    // The next read of the storage.
    expect(clock.due).toEqual([30_000]);
  });

  const failures: Record<string, () => unknown> = {
    throws: () => {
      throw new Error(environmentKey);
    },
    rejects: () => Promise.reject(new Error(environmentKey)),
  };

  it.each(Object.entries(failures))("is logged once if it %s", async (_name, setItem) => {
    const { clock, flagsmith, value, logger } = createPollingClient(
      (_request, count) => documentResponse(count),
      {
        storage: { getItem: () => null, setItem },
      },
    );
    await flagsmith.ready();
    await clock.advance(120_000);
    expect(await value()).toBe(3);
    expect(logger.warnings).toEqual([expect.stringMatching(/^Writing to the storage failed: /)]);
  });

  it("is given up if the storage hangs, so that outages do not collect documents", async () => {
    let respond = (_value: null) => {};
    const response = new Promise<null>((resolve) => (respond = resolve));
    let isHanging = true;
    const writes: string[] = [];
    const { clock, flagsmith, logger } = createPollingClient(countRequests, {
      storage: {
        getItem: () => (isHanging ? response : null),
        setItem: (key, value) => void writes.push(`${key} ${value}`),
      },
    });
    await clock.run(flagsmith.ready());
    // One more load, and the limit of its write.
    await clock.advance(68_000);
    expect(logger.warnings).toContainEqual(
      expect.stringMatching(/^Writing to the storage failed: .*no response within 5 s/),
    );
    isHanging = false;
    respond(null);
    await settle();
    expect(writes).toEqual([]);
    await clock.advance(60_000);
    expect(writes).toHaveLength(2);
  });

  it.each([{}, { setItem: undefined }])(
    "is skipped, without a read before it or a warning, if the storage is read-only (%j)",
    async (more) => {
      let reads = 0;
      const getItem = () => {
        reads++;
        return null;
      };
      const { clock, value, logger } = createPollingClient(countRequests, {
        storage: { getItem, ...more },
      });
      expect(await value()).toBe(1);
      await clock.advance(60_000);
      expect(await value()).toBe(2);
      // Before each of the two requests, and at the check of the storage between them.
      expect(reads).toBe(3);
      expect(logger.warnings).toEqual([]);
    },
  );

  it("calls setItem as a method", async () => {
    class Store {
      readonly #items = new Map<string, string>();
      getItem(key: string) {
        return this.#items.get(key);
      }
      setItem(key: string, value: string) {
        this.#items.set(key, value);
      }
      get size() {
        return this.#items.size;
      }
    }
    const storage = new Store();
    const { value, logger } = createPollingClient(() => documentResponse(), { storage });
    await value();
    await settle();
    expect(storage.size).toBe(2);
    expect(logger.warnings).toEqual([]);
  });
});

it("a storage that hangs keeps no earlier document in memory", async () => {
  const queue: unknown[] = [];
  const { clock, flagsmith } = createPollingClient(countRequests, {
    storage: {
      getItem: () => new Promise((resolve) => queue.push(resolve)),
      setItem: () => undefined,
    },
  });
  await clock.run(flagsmith.ready());
  const previous = new WeakRef(await flagsmith.getSnapshot());
  // The read before the second load has the first document.
  await clock.advance(130_000);
  await new Promise(setImmediate);
  collectGarbage();
  expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe(3);
  expect(queue).not.toHaveLength(0);
  expect(previous.deref()).toBeUndefined();
});

it("a late response about an earlier document changes nothing", async () => {
  const storage = memoryStorage();
  const { getItem } = storage;
  let respond = (_lease: unknown) => {};
  const { clock, flagsmith, value, logger } = createPollingClient(countRequests, { storage });
  await clock.run(flagsmith.ready());
  await settle();
  const lease = await getItem(`${ownKey}-lease`);
  storage.getItem = () => new Promise<never>((resolve) => (respond = resolve as () => void));
  await clock.advance(35_000);
  storage.getItem = getItem;
  await clock.run(flagsmith.updateEnvironment());
  respond(lease);
  await settle();
  expect(await value()).toBe(2);
  expect(logger.warnings).toEqual([expect.stringContaining("no response within 2 s")]);
});

it("the storage key does not depend on the trailing slash of apiUrl", async () => {
  const storage = storageWith(0);
  const { value, times } = createPollingClient(() => documentResponse(), {
    storage,
    apiUrl: apiUrl.slice(0, -1),
  });
  expect(await value()).toBe("stored");
  expect(times()).toEqual([]);
});

describe("close() right after the first load", () => {
  it("still writes the document", async () => {
    const storage = memoryStorage();
    const { flagsmith } = createPollingClient(() => documentResponse("api"), { storage });
    await flagsmith.ready();
    await flagsmith.close();
    expect(storage.writes).toHaveLength(2);
  });

  it("leaves no timer if the write hangs", async () => {
    const storage = { getItem: () => null, setItem: () => new Promise(() => undefined) };
    const { flagsmith, clock } = createPollingClient(() => documentResponse("api"), { storage });
    await flagsmith.ready();
    await settle();
    const startedAt = clock.now();
    await clock.run(flagsmith.close());
    expect(clock.now() - startedAt).toBe(2000);
    await clock.advance(5000);
    expect(clock.pending).toBe(0);
  });
});
