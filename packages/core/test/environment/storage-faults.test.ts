import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/platform/digest.ts";
import {
  documentResponse,
  environmentDocument,
  memoryStorage,
  ownKey,
  recordingChanges,
  storageWith,
  storedRecord,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  fixedRandom,
  hang,
  recordingLogger,
  settle,
  status,
} from "../fake-platform.ts";
import { createIsolate, createRequest } from "./fake-isolate.ts";
import { createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

const minute = 60_000;
const hour = 60 * minute;

/** A storage whose reads wait until the test responds with a record. */
function createManualStorage() {
  const pending: ((item: unknown) => void)[] = [];
  let reads = 0;
  return {
    getItem: () => {
      reads++;
      return new Promise((resolve) => void pending.push(resolve));
    },
    respond: (item: unknown) => {
      for (const resolve of pending.splice(0)) resolve(item);
    },
    reads: () => reads,
  };
}

describe("a storage that hangs", () => {
  it.each([
    ["with timers", createPollingClient],
    ["without timers", createIsolate],
  ] as const)("does not keep the first call from the API, %s", async (_name, create) => {
    const storage = { getItem: createManualStorage().getItem };
    const { clock, value } = create(() => documentResponse(), {
      storage,
      requestTimeoutSeconds: 1,
    });
    const startedAt = clock.now();
    expect(await clock.run(value())).toBe("api");
    expect(clock.now() - startedAt).toBe(500);
  });

  it("is asked in parallel with the API, and the first response is used", async () => {
    const storage = createManualStorage();
    const { clock, value, times } = createPollingClient(hang, { storage });
    const call = value();
    await clock.advance(2500);
    expect(times()).toEqual([2000]);
    storage.respond(storedRecord());
    expect(await call).toBe("stored");
  });

  it("does no harm if it responds after the API", async () => {
    const storage = createManualStorage();
    const { clock, value, changes } = createPollingClient(() => documentResponse(), { storage });
    expect(await clock.run(value())).toBe("api");
    storage.respond(storedRecord());
    await settle();
    expect(await value()).toBe("api");
    expect(changes).toHaveLength(1);
    // The next load is still due after an interval.
    expect(clock.due).toContain(minute);
  });

  it("does not cause another write of the document when it responds at last", async () => {
    const storage = createManualStorage();
    const writes: string[] = [];
    const { clock, value } = createPollingClient(() => documentResponse(), {
      storage: {
        getItem: (key) => (key === ownKey ? storage.getItem() : null),
        setItem: (key) => void writes.push(key),
      },
    });
    expect(await clock.run(value())).toBe("api");
    storage.respond(storedRecord({ fetchedAt: clock.now() - hour }));
    await clock.advance(minute);
    await clock.advance(3000);
    expect(writes).toEqual([ownKey, `${ownKey}-lease`, `${ownKey}-lease`]);
  });

  it("does no harm if it responds after close()", async () => {
    const storage = createManualStorage();
    const { clock, flagsmith, value, changes } = createPollingClient(() => documentResponse(), {
      storage,
    });
    expect(await clock.run(value())).toBe("api");
    await flagsmith.close();
    storage.respond(storedRecord({ fetchedAt: clock.now() + 1 }));
    await settle();
    expect(await value()).toBe("api");
    expect([changes.length, clock.pending]).toEqual([1, 0]);
  });

  it.each([
    ["", false],
    [", also after updateEnvironment()", true],
  ])("is left alone for one interval%s", async (_name, isUpdated) => {
    const storage = createManualStorage();
    const { clock, flagsmith, value, logger } = createPollingClient(() => documentResponse(), {
      storage,
    });
    await clock.run(value());
    if (isUpdated) await flagsmith.updateEnvironment();
    const { length } = logger.warnings;
    expect(storage.reads()).toBe(1);
    await clock.advance(minute - 1);
    expect(storage.reads()).toBe(1);
    await clock.advance(2000);
    expect(storage.reads()).toBe(2);
    expect(logger.warnings).toHaveLength(length);
  });

  it("does not make a blocked API due when it responds at last", async () => {
    const storage = createManualStorage();
    const { clock, value, times } = createPollingClient(
      () => status(503, { "Retry-After": "120" }),
      { storage, defaultFlagHandler: () => ({ enabled: false, value: "default" }) },
    );
    expect(await clock.run(value())).toBe("default");
    storage.respond(storedRecord({ fetchedAt: clock.now() - hour }));
    await settle();
    expect(await clock.run(value())).toBe("stored");
    await clock.advance(119_000);
    expect(times()).toEqual([2000]);
    await clock.advance(2000);
    expect(times()).toEqual([2000, 122_000]);
  });
});

describe("a stored record that is wrong", () => {
  const text = JSON.stringify(environmentDocument("api"));

  it("is replaced by the next load even if it has the digest of the API's document", async () => {
    const digest = await sha256(text);
    const { clock, value } = createPollingClient(() => documentResponse("api"), {
      storage: storageWith(0, { digest }),
    });
    expect(await value()).toBe("stored");
    await clock.advance(minute);
    expect(await value()).toBe("api");
  });

  it.each([{ api_key: "other" }, { id: 2 }])(
    "is used until the API responds, and never afterwards (%j)",
    async (more) => {
      const document = environmentDocument("foreign", more);
      const storage = storageWith(0, { document });
      const { clock, value, logger } = createPollingClient(() => documentResponse("api"), {
        storage: { getItem: storage.getItem },
      });
      expect(await value()).toBe("foreign");
      await clock.advance(minute);
      expect(await value()).toBe("api");
      const forged = storedRecord({ document, fetchedAt: clock.now() + 1000 });
      storage.map.set(ownKey, JSON.stringify(forged));
      for (let elapsedMs = 0; elapsedMs < 2 * minute; elapsedMs += 10_000) {
        await clock.advance(10_000);
        expect(await value()).toBe("api");
      }
      expect(logger.warnings).toEqual([]);
    },
  );

  it("is ignored if it is too long to be parsed", async () => {
    const record = JSON.stringify(storedRecord());
    const { value, times } = createPollingClient(() => documentResponse("api"), {
      storage: { getItem: (key) => (key === ownKey ? record.padEnd(100_000_001) : null) },
    });
    expect(await value()).toBe("api");
    expect(times()).toEqual([0]);
  });

  it("is ignored if its members throw", async () => {
    const document = {
      ...environmentDocument(),
      get feature_states(): unknown {
        throw new Error("not available");
      },
    };
    const { value, times, logger } = createPollingClient(() => documentResponse("api"), {
      storage: { getItem: (key) => (key === ownKey ? storedRecord({ document }) : null) },
    });
    expect(await value()).toBe("api");
    expect(times()).toEqual([0]);
    expect(logger.warnings).toEqual([expect.stringMatching(/^Reading from the storage failed: /)]);
  });

  it.each([
    ["a date of 2099", { fetchedAt: Date.UTC(2099, 0, 1) }],
    ["a date that is negative", { fetchedAt: -1 }],
    ["a date that is a string", { fetchedAt: "0" }],
    ["no digest", { digest: undefined }],
    ["a digest that is too long", { digest: "0".repeat(65) }],
  ])("does not keep the API from being asked if its lease has %s", async (_name, more) => {
    const storage = storageWith(hour);
    const lease = { fetchedAt: Date.UTC(2026, 0, 1), digest: "0".repeat(64), ...more };
    storage.map.set(`${ownKey}-lease`, JSON.stringify(lease));
    const { value, times } = createPollingClient(() => documentResponse("api"), { storage });
    await value();
    await settle();
    expect(times()).toEqual([0]);
    expect(await value()).toBe("api");
    // The lease is repaired.
    expect(JSON.parse(String(storage.map.get(`${ownKey}-lease`)))).toMatchObject({
      digest: await sha256(text),
    });
  });
});

describe("a record that another process has replaced", () => {
  it("is written again, and not only its lease renewed", async () => {
    const storage = memoryStorage();
    const { clock, value, flagsmith } = createPollingClient(() => documentResponse("api"), {
      storage,
    });
    await value();
    await settle();
    await clock.advance(1000);
    const other = { fetchedAt: clock.now() - hour, digest: "1".repeat(64) };
    storage.map.set(ownKey, JSON.stringify(storedRecord(other)));
    storage.map.set(`${ownKey}-lease`, JSON.stringify(other));
    // Updates do not read the storage first.
    await flagsmith.updateEnvironment();
    const { digest } = JSON.parse(String(storage.map.get(`${ownKey}-lease`)));
    expect(JSON.parse(String(storage.map.get(ownKey))).digest).toBe(digest);
    expect(digest).not.toBe(other.digest);
  });
});

describe("the bootstrap document", () => {
  it("is used while the API is loading, and replaced by its document", async () => {
    const { changes, onEnvironmentChange } = recordingChanges();
    const { value, times } = createPollingClient(() => documentResponse("api"), {
      bootstrap: environmentDocument("bootstrap"),
      onEnvironmentChange,
    });
    expect(await value()).toBe("bootstrap");
    await settle();
    expect(await value()).toBe("api");
    expect(times()).toEqual([0]);
    expect(changes).toHaveLength(2);
  });

  it("never replaces a document of the API, whatever its date", async () => {
    const bootstrap = environmentDocument("bootstrap", { updated_at: "2026-01-01T00:00:00Z" });
    const { clock, value, flagsmith } = createPollingClient(() => documentResponse("api"), {
      bootstrap,
      storage: { getItem: () => null },
    });
    await flagsmith.updateEnvironment();
    await clock.advance(30_000);
    expect(await value()).toBe("api");
  });

  it("is replaced by a stored document", async () => {
    const { value, times } = createPollingClient(() => documentResponse("api"), {
      bootstrap: environmentDocument("bootstrap"),
      storage: storageWith(1000),
    });
    expect(await value()).toBe("stored");
    expect(times()).toEqual([]);
  });

  it("delays the API as long as a storage may if it hangs", async () => {
    let resolve = (_document: object) => {};
    const { clock, value, times, logger } = createPollingClient(() => documentResponse("api"), {
      bootstrap: new Promise<object>((resolveBootstrap) => {
        resolve = resolveBootstrap;
      }),
    });
    expect(await clock.run(value())).toBe("api");
    expect(times()).toEqual([2000]);
    expect(logger.warnings).toEqual([
      "The bootstrap document could not be read (no response yet).",
    ]);
    resolve(environmentDocument("bootstrap", { updated_at: "2026-01-01T00:00:00Z" }));
    await settle();
    expect(await value()).toBe("api");
  });

  it("answers the calls that wait for an API that hangs, even if it is late", async () => {
    let resolve = (_document: object) => {};
    const { clock, value, times } = createPollingClient(hang, {
      bootstrap: new Promise<object>((resolveBootstrap) => {
        resolve = resolveBootstrap;
      }),
    });
    const call = value();
    await clock.advance(3000);
    expect(times()).toEqual([2000]);
    const resolvedAt = clock.now();
    resolve(environmentDocument("bootstrap"));
    expect(await clock.run(call)).toBe("bootstrap");
    expect(clock.now()).toBe(resolvedAt);
  });
});

describe("a write that hangs", () => {
  const storage = { getItem: () => null, setItem: () => new Promise<void>(() => undefined) };
  const warning = "The storage did not accept the environment within 2 s. The write continues.";

  it("delays updateEnvironment() by two seconds, with a warning", async () => {
    const { clock, flagsmith, logger } = createPollingClient(() => documentResponse(), { storage });
    const startedAt = clock.now();
    await clock.run(flagsmith.updateEnvironment());
    expect(clock.now() - startedAt).toBe(2000);
    expect(logger.warnings).toEqual([warning]);
  });

  it("delays close() by two seconds, with a warning", async () => {
    const { clock, flagsmith, logger } = createPollingClient(() => documentResponse(), { storage });
    await flagsmith.ready();
    const startedAt = clock.now();
    await clock.run(flagsmith.close());
    expect(clock.now() - startedAt).toBe(2000);
    expect(logger.warnings).toEqual([warning]);
  });

  it("rejects updateEnvironment() in an isolate", async () => {
    const logger = recordingLogger();
    const { clock, flagsmith } = createIsolate(() => documentResponse(), { storage, logger });
    const update = clock.run(flagsmith.updateEnvironment());
    await expect(update).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  });
});

describe("a write in an isolate", () => {
  it("that hangs does not delay close(), because it belongs to another request", async () => {
    const storage = { getItem: () => null, setItem: () => new Promise<void>(() => undefined) };
    const { clock, flagsmith } = createIsolate(() => documentResponse(), { storage });
    const request = createRequest();
    await flagsmith.forRequest(request).getEnvironmentFlags();
    const startedAt = clock.now();
    await clock.run(flagsmith.close());
    expect(clock.now() - startedAt).toBe(0);
  });

  it("is not repeated for an ordinary load", async () => {
    let writes = 0;
    const setItem = () => {
      writes++;
      throw new Error("429 Too Many Requests");
    };
    const storage = { getItem: () => null, setItem };
    const { clock, value } = createIsolate(() => documentResponse(), { storage });
    const startedAt = clock.now();
    await clock.run(value());
    expect([writes, clock.now() - startedAt]).toEqual([1, 0]);
  });

  it("succeeds if another process has written the same document meanwhile", async () => {
    const memory = memoryStorage();
    const setItem = async () => {
      const digest = await sha256(JSON.stringify(environmentDocument("api")));
      memory.map.set(`${ownKey}-lease`, JSON.stringify({ fetchedAt: clock.now(), digest }));
      throw new Error("429 Too Many Requests");
    };
    const storage = { getItem: memory.getItem, setItem };
    const logger = recordingLogger();
    const { clock, flagsmith } = createIsolate(() => documentResponse("api"), { storage, logger });
    const startedAt = clock.now();
    await clock.run(flagsmith.updateEnvironment());
    expect(clock.now() - startedAt).toBe(0);
    expect(logger.warnings).toEqual([]);
  });
});

it("updateEnvironment() and close() settle after the record is written", async () => {
  const storage = memoryStorage();
  const setItem = async (key: string, value: string) => {
    await clock.sleep(500);
    await storage.setItem(key, value);
  };
  const { clock, flagsmith, logger } = createPollingClient(() => documentResponse(), {
    storage: { getItem: storage.getItem, setItem },
  });
  await clock.run(flagsmith.updateEnvironment());
  expect(storage.writes).toHaveLength(2);
  await clock.advance(minute);
  await clock.run(flagsmith.close());
  expect(storage.writes).toHaveLength(3);
  expect(logger.warnings).toEqual([]);
});
