import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/platform/digest.ts";
import {
  documentResponse,
  environmentDocument,
  memoryStorage,
  ownKey,
  storageWith,
  storedRecord,
  updatedAt,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  environmentKey,
  fixedRandom,
  hang,
  json,
  type Responder,
  settle,
  status,
} from "../fake-platform.ts";
import { createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
const random = fixedRandom();

const hour = 3_600_000;
describe("a fresh stored document", () => {
  it.each([0, 1, 59_999])(
    "is used without a request until it is due (%i ms old)",
    async (ageMs) => {
      const { clock, value, times, changes } = createPollingClient(() => documentResponse(), {
        storage: storageWith(ageMs),
      });
      expect(await value()).toBe("stored");
      expect(times()).toEqual([]);
      expect(changes).toEqual([`new ${updatedAt}`]);
      await clock.advance(60_000 - ageMs);
      expect(await value()).toBe("api");
      await clock.advance(60_000);
      expect(times()).toEqual([60_000 - ageMs, 120_000 - ageMs]);
    },
  );

  it("is read once for concurrent calls", async () => {
    const storage = storageWith(0);
    const { flagsmith, times } = createPollingClient(() => documentResponse(), { storage });
    await Promise.all([flagsmith.ready(), flagsmith.ready(), flagsmith.getIdentityFlags("user")]);
    await flagsmith.getEnvironmentFlags();
    expect(storage.reads).toEqual([`${ownKey}-lease`, ownKey]);
    expect(storage.writes).toEqual([]);
    expect(times()).toEqual([]);
  });

  it("is replaced by updateEnvironment()", async () => {
    const { platform, clock, flagsmith, value, changes } = createPollingClient(
      () => documentResponse(),
      {
        storage: storageWith(0),
      },
    );
    await flagsmith.updateEnvironment();
    expect(await value()).toBe("api");
    expect(platform.requests).toHaveLength(1);
    expect(changes).toEqual([`new ${updatedAt}`]);
    expect(clock.due).toEqual([30_000]);
  });

  it("stays in use if updateEnvironment() fails", async () => {
    const { clock, flagsmith, value } = createPollingClient(() => status(403), {
      storage: storageWith(0),
    });
    await flagsmith.ready();
    await expect(flagsmith.updateEnvironment()).rejects.toMatchObject({ status: 403 });
    expect(await value()).toBe("stored");
    await flagsmith.close();
    expect(clock.pending).toBe(0);
  });
});

it("a restart from a fresh stored document does not spread the later loads again", async () => {
  random.value = 0.25;
  const { clock, flagsmith } = createPollingClient(() => documentResponse(), {
    storage: storageWith(1000),
  });
  await flagsmith.ready();
  await flagsmith.updateEnvironment();
  await clock.advance(29_000);
  await clock.advance(2000);
  // The next load is due after 0.95 intervals, not after a random part of one.
  expect(clock.due.map(Math.round)).toEqual([26_000]);
  await flagsmith.close();
});

describe("a stale stored document", () => {
  it.each([60_000, 599_999])("is used until the API responds (%i ms old)", async (ageMs) => {
    const storage = storageWith(ageMs);
    const { value, times, changes } = createPollingClient(() => documentResponse(), { storage });
    expect(await value()).toBe("stored");
    await settle();
    expect(await value()).toBe("api");
    expect(times()).toEqual([0]);
    expect(changes).toEqual([`new ${updatedAt}`, `new ${updatedAt}`]);
  });

  it.each([600_000, 1000 * hour])(
    "of more than ten intervals is not used if the API responds (%i ms old)",
    async (ageMs) => {
      const storage = storageWith(ageMs);
      const { value, times } = createPollingClient(() => documentResponse(), { storage });
      expect(await value()).toBe("api");
      expect(times()).toEqual([0]);
    },
  );

  it("of more than ten intervals is used after a second", async () => {
    const { clock, value } = createPollingClient(hang, { storage: storageWith(hour) });
    const startedAt = clock.now();
    expect(await clock.run(value())).toBe("stored");
    expect(clock.now() - startedAt).toBe(1000);
    expect(await value()).toBe("stored");
  });

  it.each([
    ["was fetched", { fetchedAt: Date.UTC(2099, 0, 1) }],
    ["was changed", { document: environmentDocument("x", { updated_at: "2099-01-01T00:00:00Z" }) }],
  ])("that %s in the future is ignored", async (_name, more) => {
    const { value, times } = createPollingClient(() => documentResponse(), {
      storage: storageWith(0, more),
    });
    expect(await value()).toBe("api");
    expect(times()).toEqual([0]);
  });

  it("is not written again if the API returns it", async () => {
    const document = environmentDocument("stored");
    const storage = storageWith(60_000, {
      document,
      digest: await sha256(JSON.stringify(document)),
    });
    const { flagsmith } = createPollingClient(() => json(document), { storage });
    await flagsmith.ready({ fresh: true });
    await flagsmith.close();
    expect(storage.writes.map(({ key }) => key)).toEqual([`${ownKey}-lease`]);
  });

  it("of one interval does not end a failure", async () => {
    const { flagsmith } = createPollingClient(() => status(500), { storage: storageWith(60_000) });
    await flagsmith.updateEnvironment().catch(() => undefined);
    await flagsmith.ready();
    expect(flagsmith.status()).toMatchObject({ problem: "failing", source: "storage" });
    await flagsmith.close();
  });

  it("is used if the API fails, and polled at the interval", async () => {
    const { clock, flagsmith, value, times, changes } = createPollingClient(
      (_request, count) => (count < 3 ? status(500) : documentResponse()),
      { storage: storageWith(hour) },
    );
    await flagsmith.ready();
    expect(await value()).toBe("stored");
    expect(changes).toEqual([`new ${updatedAt}`, "API_STATUS"]);
    await clock.advance(120_000);
    expect(times()).toEqual([0, 60_000, 120_000]);
    expect(await value()).toBe("api");
  });

  it("is used from the deadline of a call if the API hangs", async () => {
    const { clock, flagsmith, value, changes } = createPollingClient(hang, {
      storage: storageWith(hour),
    });
    const startedAt = clock.now();
    await clock.run(flagsmith.ready({ timeoutSeconds: 0.5 }));
    expect(clock.now() - startedAt).toBe(500);
    // All calls wait for the same second.
    expect(await clock.run(value())).toBe("stored");
    expect(clock.now() - startedAt).toBe(1000);
    expect(await value()).toBe("stored");
    expect(changes).toEqual([`new ${updatedAt}`]);
    await clock.advance(19_000);
    expect(changes).toEqual([`new ${updatedAt}`, "API_TIMEOUT"]);
  });

  it("is replaced by a late response of the API", async () => {
    let respond = (_response: Response) => {};
    const { clock, flagsmith, value } = createPollingClient(
      () =>
        new Promise((resolve) => {
          respond = resolve;
        }),
      { storage: storageWith(hour) },
    );
    await clock.run(flagsmith.ready({ timeoutSeconds: 1 }));
    expect(await value()).toBe("stored");
    respond(documentResponse());
    await settle();
    expect(await value()).toBe("api");
  });
});

describe("a stored value", () => {
  it("logs nothing if it cannot be read after close()", async () => {
    let fail = (_error: Error) => {};
    const getItem = () => new Promise((_resolve, reject) => (fail = reject));
    const { flagsmith, logger } = createPollingClient(() => documentResponse(), {
      storage: { getItem },
    });
    const ready = flagsmith.ready().catch(() => undefined);
    await settle();
    await flagsmith.close();
    fail(new Error("no connection"));
    await settle();
    await ready;
    expect(logger.warnings).toEqual([]);
  });

  it("can be parsed JSON, as from unstorage", async () => {
    const storage = memoryStorage({ [ownKey]: storedRecord() });
    const { value, times } = createPollingClient(() => documentResponse(), { storage });
    expect(await value()).toBe("stored");
    expect(times()).toEqual([]);
  });

  it("can be bytes, as from a file, and its lease too", async () => {
    const items = new Map<string, Buffer>();
    const setItem = (key: string, value: string) => void items.set(key, Buffer.from(value));
    const storage = { getItem: (key: string) => items.get(key), setItem };
    const writer = createPollingClient(() => documentResponse(), { storage });
    await writer.flagsmith.ready();
    await writer.flagsmith.updateEnvironment();
    await settle();
    expect(items.size).toBe(2);
    const { flagsmith, value, times } = createPollingClient(() => documentResponse(), { storage });
    expect(await value()).toBe(await writer.value());
    expect(flagsmith.status().source).toBe("storage");
    expect(times()).toEqual([]);
  });

  it("can be returned synchronously, by a method that uses this", async () => {
    class Store {
      readonly #record = JSON.stringify(storedRecord());
      getItem() {
        return this.#record;
      }
    }
    const { value, times } = createPollingClient(() => documentResponse(), {
      storage: new Store(),
    });
    expect(await value()).toBe("stored");
    expect(times()).toEqual([]);
  });

  const unusable: Record<string, unknown> = {
    nothing: null,
    garbage: "{",
    "a record of another key": storedRecord({ key: "flagsmith-other" }),
    "a record of another version": storedRecord({ version: 1 }),
    "a promise of garbage": Promise.resolve(42),
  };

  it.each(Object.entries(unusable))(
    "that is %s is ignored without a warning",
    async (_name, item) => {
      const { value, times, logger } = createPollingClient(() => documentResponse(), {
        storage: { getItem: () => item },
      });
      expect(await value()).toBe("api");
      expect(times()).toEqual([0]);
      expect(logger.warnings).toEqual([]);
    },
  );

  it.each<[string, object]>([
    ["a bare document", environmentDocument()],
    [
      "an entry of Deno's KV",
      { key: ["a"], value: JSON.stringify(storedRecord()), versionstamp: "1" },
    ],
    ["a list of rows", [{ value: JSON.stringify(storedRecord()) }]],
  ])("that is %s is not used, and logged", async (_name, item) => {
    const { value, times, logger } = createPollingClient(() => documentResponse(), {
      storage: { getItem: () => item },
    });
    expect(await value()).toBe("api");
    expect(times()).toEqual([0]);
    const message = "TypeError: getItem() returned an object that is no stored value";
    expect(logger.warnings).toEqual([
      expect.stringContaining(`Reading from the storage failed: ${message}`),
    ]);
  });

  it.each([
    ["", {}],
    ["api_key", environmentDocument("x", { api_key: 1 })],
    ["feature_states", environmentDocument("x", { feature_states: { banner: {} } })],
  ])("with an invalid document is logged and not used: %j", async (path, document) => {
    const { value, flagsmith, logger } = createPollingClient(() => status(500), {
      storage: { getItem: () => storedRecord({ document }) },
    });
    await expect(value()).rejects.toMatchObject({ code: "API_STATUS" });
    expect(logger.warnings[0]).toContain("The stored environment document is invalid");
    expect(logger.warnings[0]).toContain(path);
    expect(logger.warnings.filter((message) => message.includes("storage failed"))).toEqual([]);
    await flagsmith.close();
  });

  it("of another environment key or API is never used", async () => {
    const shelf = new Map<string, string>();
    // A storage that ignores most of the key.
    const shelfOf = (key: string) => (key.endsWith("-lease") ? "leases" : "records");
    const storage = {
      getItem: (key: string) => shelf.get(shelfOf(key)),
      setItem: (key: string, value: string) => void shelf.set(shelfOf(key), value),
    };
    const answer: Responder = ({ headers }) => documentResponse(headers["x-environment-key"]);
    const first = createPollingClient(answer, { storage });
    await first.value();
    await settle();
    expect(shelf.size).toBe(2);
    const same = createPollingClient(answer, { storage });
    expect(await same.value()).toBe(environmentKey);
    expect(same.times()).toEqual([]);
    for (const other of [
      { environmentKey: "ser.other-key" },
      { apiUrl: "https://flags.example/other/" },
    ]) {
      const { value, times } = createPollingClient(() => status(500), { storage, ...other });
      await expect(value()).rejects.toMatchObject({ code: "API_STATUS" });
      expect(times()).toEqual([0]);
    }
  });
});
