import { describe, expect, it } from "vitest";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import {
  documentAnswer,
  environmentDocument,
  memoryStorage,
  ownKey,
  recordingChanges,
  storageWith,
  storedRecord,
  updatedAt,
} from "../fake-environment.ts";
import {
  type Answer,
  allowNoUnhandledRejection,
  apiUrl,
  environmentKey,
  fakePlatform,
  fixedRandom,
  hang,
  localClient,
  recordingLogger,
  settle,
  status,
  steadyPolicy,
} from "../fake-platform.ts";

allowNoUnhandledRejection();
fixedRandom();

const hour = 3_600_000;
const storedDate = "Wed, 31 Dec 2025 12:00:00 GMT";

function stored(answer: Answer, options: Partial<FlagsmithOptions>) {
  const platform = fakePlatform(answer, { retryPolicy: steadyPolicy(0, 0) });
  const logger = recordingLogger();
  const { changes, onEnvironmentChange } = recordingChanges();
  const flagsmith = localClient(platform, { logger, onEnvironmentChange, ...options });
  const value = async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner");
  const times = () => platform.requests.map(({ at }) => at);
  return { platform, clock: platform.clock, flagsmith, logger, changes, value, times };
}

const notModified: Answer = ({ headers }) =>
  headers["if-modified-since"] === undefined
    ? documentAnswer("api")
    : new Response(null, { status: 304 });

describe("a young document of the storage", () => {
  it.each([0, 1, 59_999])(
    "is served without a request, and polled when it is due (%i ms old)",
    async (ageMs) => {
      const { clock, value, times, changes } = stored(() => documentAnswer(), {
        storage: storageWith(ageMs),
      });
      expect(await value()).toBe("stored");
      expect(times()).toEqual([]);
      expect(changes).toEqual([`new ${updatedAt}`]);
      expect(clock.due).toEqual([60_000 - ageMs]);
      await clock.advance(60_000 - ageMs);
      expect(await value()).toBe("api");
      await clock.advance(60_000);
      expect(times()).toEqual([60_000 - ageMs, 120_000 - ageMs]);
    },
  );

  it("is read once, for all calls, and before anything else is tried", async () => {
    const storage = storageWith(0);
    const { flagsmith, times } = stored(() => documentAnswer(), { storage });
    await Promise.all([flagsmith.ready(), flagsmith.ready(), flagsmith.getIdentityFlags("user")]);
    await flagsmith.getEnvironmentFlags();
    expect(storage.reads).toEqual([ownKey]);
    expect(storage.writes).toEqual([]);
    expect(times()).toEqual([]);
  });

  it("is polled with what its record knows", async () => {
    const { platform, clock, value, changes } = stored(notModified, { storage: storageWith(0) });
    await value();
    await clock.advance(60_000);
    expect(platform.requests[0]?.headers["if-modified-since"]).toBe(storedDate);
    expect(await value()).toBe("stored");
    expect(changes).toEqual([`new ${updatedAt}`]);
  });

  it("does not stop updateEnvironment() from asking the API, whole", async () => {
    const { platform, clock, flagsmith, value, changes } = stored(() => documentAnswer(), {
      storage: storageWith(0),
    });
    await flagsmith.updateEnvironment();
    expect(await value()).toBe("api");
    expect(platform.requests.map(({ headers }) => headers["if-modified-since"])).toEqual([
      undefined,
    ]);
    expect(changes).toEqual([`new ${updatedAt}`, `new ${updatedAt}`]);
    expect(clock.due).toEqual([60_000]);
  });

  it("answers while updateEnvironment() asks the API, and when that fails", async () => {
    const { clock, flagsmith, value } = stored(() => status(403), { storage: storageWith(0) });
    await expect(flagsmith.updateEnvironment()).rejects.toMatchObject({ status: 403 });
    expect(await value()).toBe("stored");
    expect(clock.pending).toBe(0);
  });
});

describe("an old document of the storage", () => {
  it.each([60_000, hour, 1000 * hour])(
    "leaves the first word to the API (%i ms old)",
    async (ageMs) => {
      const storage = storageWith(ageMs);
      const { value, times, changes } = stored(() => documentAnswer(), { storage });
      expect(await value()).toBe("api");
      expect(times()).toEqual([0]);
      expect(storage.reads).toEqual([ownKey]);
      expect(changes).toEqual([`new ${updatedAt}`]);
    },
  );

  it("counts as old when it comes from the future: some clock is wrong", async () => {
    const { value, times } = stored(() => documentAnswer(), { storage: storageWith(-1) });
    expect(await value()).toBe("api");
    expect(times()).toEqual([0]);
  });

  it("is asked about by its date, and served after a 304, which is the first news of it", async () => {
    const { platform, clock, value, changes } = stored(notModified, { storage: storageWith(hour) });
    expect(await value()).toBe("stored");
    expect(platform.requests[0]?.headers["if-modified-since"]).toBe(storedDate);
    expect(changes).toEqual([`new ${updatedAt}`]);
    expect(clock.due).toEqual([60_000]);
    await clock.advance(60_000);
    expect(changes).toEqual([`new ${updatedAt}`]);
  });

  it.each([
    ["is not settled", { isSettled: false }],
    ["has no date", { lastModified: undefined }],
    ["was asked for conditionally nine times", { conditionalPolls: 9 }],
  ])("is asked for whole where it %s", async (_name, facts) => {
    const { platform, value } = stored(notModified, { storage: storageWith(hour, facts) });
    expect(await value()).toBe("api");
    expect(platform.requests[0]?.headers["if-modified-since"]).toBeUndefined();
  });

  it("counts on from the polls of its record", async () => {
    const storage = storageWith(hour, { conditionalPolls: 8 });
    const { platform, clock, value } = stored(notModified, { storage });
    expect(await value()).toBe("stored");
    await clock.advance(60_000);
    expect(await value()).toBe("api");
    expect(platform.requests.map(({ headers }) => headers["if-modified-since"])).toEqual([
      storedDate,
      undefined,
    ]);
  });

  it("answers when the API fails, and is polled at the interval, not by the backoff", async () => {
    const { clock, flagsmith, value, times, changes } = stored(
      (_request, count) => (count < 3 ? status(500) : documentAnswer()),
      { storage: storageWith(hour) },
    );
    await flagsmith.ready();
    expect(await value()).toBe("stored");
    expect(changes).toEqual([`new ${updatedAt}`, "API_STATUS"]);
    await clock.advance(120_000);
    expect(times()).toEqual([0, 60_000, 120_000]);
    expect(await value()).toBe("api");
  });

  it("answers when the API hangs, at the call's own deadline, and then to all", async () => {
    const { clock, flagsmith, value, changes } = stored(hang, { storage: storageWith(hour) });
    const startedAt = clock.now();
    await clock.run(flagsmith.ready({ timeoutSeconds: 0.5 }));
    expect(clock.now() - startedAt).toBe(500);
    expect(await value()).toBe("stored");
    expect(clock.now() - startedAt).toBe(500);
    expect(changes).toEqual([`new ${updatedAt}`]);
    await clock.advance(19_500);
    expect(changes).toEqual([`new ${updatedAt}`, "API_TIMEOUT"]);
  });

  it("gives way to the API's, when that comes after all", async () => {
    let give = (_response: Response) => {};
    const { clock, flagsmith, value } = stored(
      () =>
        new Promise((resolve) => {
          give = resolve;
        }),
      { storage: storageWith(hour) },
    );
    await clock.run(flagsmith.ready({ timeoutSeconds: 1 }));
    expect(await value()).toBe("stored");
    give(documentAnswer());
    await settle();
    expect(await value()).toBe("api");
  });
});

describe("a value of the storage", () => {
  it("may come parsed, as unstorage gives it", async () => {
    const storage = memoryStorage({ [ownKey]: storedRecord() });
    const { value, times } = stored(() => documentAnswer(), { storage });
    expect(await value()).toBe("stored");
    expect(times()).toEqual([]);
  });

  it("may come without a promise, from a store that is called as a method", async () => {
    class Store {
      readonly #record = JSON.stringify(storedRecord());
      getItem() {
        return this.#record;
      }
    }
    const { value, times } = stored(() => documentAnswer(), { storage: new Store() });
    expect(await value()).toBe("stored");
    expect(times()).toEqual([]);
  });

  const useless: Record<string, unknown> = {
    nothing: null,
    garbage: "{",
    "a record of another key": storedRecord({ key: "flagsmith-other" }),
    "a record of another version": storedRecord({ version: 2 }),
    "a bare document": environmentDocument(),
    "a promise of garbage": Promise.resolve(42),
  };

  it.each(Object.entries(useless))("that is %s is ignored in silence", async (_name, item) => {
    const { value, times, logger } = stored(() => documentAnswer(), {
      storage: { getItem: () => item },
    });
    expect(await value()).toBe("api");
    expect(times()).toEqual([0]);
    expect(logger.warnings).toEqual([]);
  });

  it.each([
    ["", []],
    ["api_key", environmentDocument("x", { api_key: 1 })],
    [
      "feature_states[0].enabled",
      environmentDocument("x", { feature_states: [{ feature: { id: 1, name: "a" } }] }),
    ],
  ])("whose document has a wrong shape is warned of and not served: %j", async (path, document) => {
    const { value, flagsmith, logger } = stored(() => status(500), {
      storage: { getItem: () => storedRecord({ document }) },
    });
    await expect(value()).rejects.toMatchObject({ code: "API_STATUS" });
    expect(logger.warnings[0]).toContain("The stored environment document is invalid");
    expect(logger.warnings[0]).toContain(path);
    await flagsmith.close();
  });

  it("that was written for another key or another API is never served", async () => {
    const shelf = new Map<string, string>();
    // A store that takes no notice of the name that it is given.
    const storage = {
      getItem: () => shelf.get("the one shelf"),
      setItem: (_key: string, value: string) => void shelf.set("the one shelf", value),
    };
    const answer: Answer = ({ headers }) => documentAnswer(headers["x-environment-key"]);
    const first = stored(answer, { storage });
    await first.value();
    await settle();
    expect(shelf.size).toBe(1);
    const same = stored(answer, { storage });
    expect(await same.value()).toBe(environmentKey);
    expect(same.times()).toEqual([]);
    for (const other of [
      { environmentKey: "ser.other-key" },
      { apiUrl: "https://flags.example/other/" },
    ]) {
      const { value, times } = stored(() => status(500), { storage, ...other });
      await expect(value()).rejects.toMatchObject({ code: "API_STATUS" });
      expect(times()).toEqual([0]);
    }
  });
});

describe("a storage that fails to read", () => {
  const failures: Record<string, () => unknown> = {
    throws: () => {
      throw new Error(environmentKey);
    },
    rejects: () => Promise.reject(new Error(environmentKey)),
  };

  it.each(Object.entries(failures))(
    "and %s costs a request and one warning",
    async (_name, getItem) => {
      const { clock, flagsmith, value, times, logger } = stored(
        (_request, count) => (count < 3 ? status(500) : documentAnswer()),
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

  it("and hangs is waited for no longer than two seconds", async () => {
    const { clock, flagsmith, times, logger } = stored(() => documentAnswer(), {
      storage: { getItem: () => new Promise(() => undefined) },
    });
    await clock.run(flagsmith.ready());
    expect(times()).toEqual([2000]);
    // Of all that was slept, only the call's own deadline keeps the process alive.
    expect(clock.sleeps).toEqual([20_000]);
    expect(logger.warnings).toEqual([expect.stringMatching(/^Reading from the storage failed: /)]);
  });

  it("and is slow is waited for up to two seconds", async () => {
    const { clock, value, times } = stored(() => documentAnswer(), {
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

  it("and hangs leaves the deadline of a call its own", async () => {
    const { clock, flagsmith, times, changes } = stored(() => documentAnswer(), {
      storage: { getItem: () => new Promise(() => undefined) },
      requestDeadlineSeconds: 1,
    });
    await expect(clock.run(flagsmith.ready())).rejects.toMatchObject({ code: "API_TIMEOUT" });
    await clock.advance(0);
    expect(times()).toEqual([]);
    expect(changes).toEqual(["API_TIMEOUT"]);
  });
});

describe("writing to the storage", () => {
  it("keeps the document of each answer with what the next request is to know", async () => {
    const storage = memoryStorage();
    const { clock, flagsmith } = stored(
      (_request, count) =>
        documentAnswer(count, {
          Date: "Thu, 01 Jan 2026 00:00:00 GMT",
          "Last-Modified": storedDate,
        }),
      { storage },
    );
    await flagsmith.ready();
    await clock.advance(60_000);
    expect(storage.writes.map(({ key }) => key)).toEqual([ownKey, ownKey]);
    expect(storage.writes.map(({ value }) => JSON.parse(value))).toEqual([
      storedRecord({ document: environmentDocument(1) }),
      storedRecord({
        document: environmentDocument(2),
        fetchedAt: Date.UTC(2026, 0, 1) + 60_000,
      }),
    ]);
    expect(JSON.stringify(storage.writes)).not.toContain(environmentKey);
  });

  it("gives the next client what it needs to start without the API", async () => {
    const storage = memoryStorage();
    const first = stored(() => documentAnswer(), { storage });
    await first.flagsmith.ready();
    await settle();
    const second = stored(() => status(500), { storage });
    expect(await second.value()).toBe("api");
    expect(second.times()).toEqual([]);
  });

  it("is not done for a 304, nor for a document that is refused, nor for a failure", async () => {
    const storage = storageWith(hour);
    const answers = [304, 500, 200];
    const { clock, flagsmith, times } = stored(
      (_request, count) => {
        const code = answers[count - 1] ?? 500;
        return code === 200
          ? documentAnswer({ not: "a value" })
          : new Response(null, { status: code });
      },
      { storage },
    );
    await flagsmith.ready();
    await clock.advance(120_000);
    expect(times()).toHaveLength(3);
    expect(storage.writes).toEqual([]);
  });

  it("is not waited for", async () => {
    const { value, clock } = stored(() => documentAnswer(), {
      storage: { getItem: () => null, setItem: () => new Promise(() => undefined) },
    });
    expect(await value()).toBe("api");
    expect(clock.due).toEqual([60_000]);
  });

  const failures: Record<string, () => unknown> = {
    throws: () => {
      throw new Error(environmentKey);
    },
    rejects: () => Promise.reject(new Error(environmentKey)),
  };

  it.each(Object.entries(failures))(
    "that %s is warned of once and harms nobody",
    async (_name, setItem) => {
      const { clock, flagsmith, value, logger } = stored(
        (_request, count) => documentAnswer(count),
        {
          storage: { getItem: () => null, setItem },
        },
      );
      await flagsmith.ready();
      await clock.advance(120_000);
      expect(await value()).toBe(3);
      expect(logger.warnings).toEqual([expect.stringMatching(/^Writing to the storage failed: /)]);
    },
  );

  it.each([{}, { setItem: undefined }])(
    "is left out in silence where the store is read-only (%j)",
    async (more) => {
      const { clock, value, logger } = stored(() => documentAnswer(), {
        storage: { getItem: () => null, ...more },
      });
      expect(await value()).toBe("api");
      await clock.advance(60_000);
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
    const { value, logger } = stored(() => documentAnswer(), { storage });
    await value();
    await settle();
    expect(storage.size).toBe(1);
    expect(logger.warnings).toEqual([]);
  });
});

it("looks for the document under the name that storageKey gives, with apiUrl's slash", async () => {
  const storage = storageWith(0);
  const { value, times } = stored(() => documentAnswer(), { storage, apiUrl: apiUrl.slice(0, -1) });
  expect(await value()).toBe("stored");
  expect(times()).toEqual([]);
});

describe("close() right after the first load", () => {
  it("keeps the document all the same", async () => {
    const storage = memoryStorage();
    const { flagsmith } = stored(() => documentAnswer("api"), { storage });
    await flagsmith.ready();
    await flagsmith.close();
    await settle();
    expect(storage.writes).toHaveLength(1);
  });

  it("leaves no timer, though the store never takes it", async () => {
    const storage = { getItem: () => null, setItem: () => new Promise(() => undefined) };
    const { flagsmith, clock } = stored(() => documentAnswer("api"), { storage });
    await flagsmith.ready();
    await settle();
    await flagsmith.close();
    await settle();
    expect(clock.pending).toBe(0);
  });
});
