import { describe, expect, it } from "vitest";
import type { DocumentAnswer } from "../../src/api/document-api.ts";
import { DocumentSource } from "../../src/environment/document-source.ts";
import { DocumentStore } from "../../src/environment/document-store.ts";
import { PollingEnvironment } from "../../src/environment/polling-environment.ts";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import {
  createCompiler,
  documentAnswer,
  environmentDocument,
  memoryStorage,
  recordingChanges,
  storageWith,
  updatedAt,
} from "../fake-environment.ts";
import {
  type Answer,
  allowNoUnhandledRejection,
  apiUrl,
  environmentKey,
  FakeClock,
  failureOf,
  fakePlatform,
  fixedRandom,
  hang,
  hangDeaf,
  json,
  localClient,
  recordingLogger,
  settle,
  status,
  steadyPolicy,
} from "../fake-platform.ts";

allowNoUnhandledRejection();
const random = fixedRandom();

const retryPolicy = steadyPolicy(0, 0);

/** A client whose requests are never sent again, so that each request is a load. */
function polled(answer: Answer, options: Partial<FlagsmithOptions> = {}) {
  const platform = fakePlatform(answer, { retryPolicy });
  const logger = recordingLogger();
  const { changes, onEnvironmentChange } = recordingChanges();
  const flagsmith = localClient(platform, { logger, onEnvironmentChange, ...options });
  const times = () => platform.requests.map(({ at }) => at);
  const value = async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner");
  return { platform, clock: platform.clock, flagsmith, logger, changes, times, value };
}

/** Answers that can be given when the test likes, in the order of the requests. */
function controlled() {
  const given: ((response: Response) => void)[] = [];
  const answer: Answer = () => new Promise((resolve) => void given.push(resolve));
  return { answer, give: (index: number, response: Response) => given[index]?.(response) };
}

/** Answers with the number of the request as the banner's value. */
const counting: Answer = (_request, count) => documentAnswer(count);

describe("the first load", () => {
  it("is not begun by the constructor, which touches neither storage nor clock", async () => {
    const storage = storageWith(0);
    const { platform, clock, flagsmith } = polled(counting, { storage });
    await settle();
    expect(platform.requests).toEqual([]);
    expect([clock.sleeps, clock.delays, storage.reads]).toEqual([[], [], []]);
    await flagsmith.close();
    expect(clock.pending).toBe(0);
  });

  it.each(["getEnvironmentFlags", "ready", "getSnapshot", "updateEnvironment"] as const)(
    "is begun by %s, with the key and a slash at the end of the URL",
    async (method) => {
      const { platform, flagsmith } = polled(counting);
      await flagsmith[method]();
      expect(platform.requests).toHaveLength(1);
      expect(platform.requests[0]).toMatchObject({
        method: "GET",
        url: `${apiUrl}environment-document/`,
        headers: { "x-environment-key": "ser.unit-test-key", accept: "application/json" },
      });
    },
  );

  it("is one for all calls made meanwhile", async () => {
    const { answer, give } = controlled();
    const { platform, flagsmith, changes } = polled(answer);
    const calls = [
      flagsmith.getEnvironmentFlags(),
      flagsmith.getIdentityFlags("vip"),
      flagsmith.getIdentityFlags("user", { plan: "gold" }),
    ];
    const segments = flagsmith.getIdentitySegments("user", { plan: "gold" });
    const ready = flagsmith.ready();
    await settle();
    give(0, documentAnswer());
    const values = (await Promise.all(calls)).map((flags) => flags.getFeatureValue("banner"));
    expect(values).toEqual(["api", "for vip", "for gold"]);
    expect(await segments).toEqual([{ id: 11, name: "gold" }]);
    await ready;
    expect(platform.requests).toHaveLength(1);
    expect(changes).toEqual([`new ${updatedAt}`]);
  });

  it("is awaited by each call within its own deadline, and goes on for the others", async () => {
    const { answer, give } = controlled();
    const { platform, clock, flagsmith } = polled(answer, {
      requestTimeoutSeconds: 30,
      requestDeadlineSeconds: 20,
    });
    const startedAt = clock.now();
    const impatient = failureOf(flagsmith.ready({ timeoutSeconds: 2.5 }));
    const patient = flagsmith.getEnvironmentFlags();
    const error = await clock.run(impatient);
    expect(clock.now() - startedAt).toBe(2500);
    expect(error.code).toBe("API_TIMEOUT");
    expect(error.message).toBe(
      "The environment document did not arrive within the call's deadline.",
    );
    await clock.advance(10_000);
    const late = flagsmith.getEnvironmentFlags();
    give(0, documentAnswer());
    expect((await patient).getFeatureValue("banner")).toBe("api");
    expect((await late).getFeatureValue("banner")).toBe("api");
    expect(platform.requests).toHaveLength(1);
  });

  it("is left by the call whose signal aborts, and goes on for the others", async () => {
    const { answer, give } = controlled();
    const { platform, flagsmith } = polled(answer, {
      defaultFlagHandler: () => ({ enabled: true }),
    });
    const reason = new Error("the user has gone");
    const controller = new AbortController();
    const left = expect(flagsmith.getEnvironmentFlags({ signal: controller.signal })).rejects.toBe(
      reason,
    );
    const stays = flagsmith.getEnvironmentFlags();
    await settle();
    controller.abort(reason);
    await left;
    give(0, documentAnswer());
    expect((await stays).getFeatureValue("banner")).toBe("api");
    expect(platform.requests).toHaveLength(1);
    expect(platform.requests[0]?.signal?.aborted).toBe(false);
  });

  it("costs no call anything afterwards: no request, no timer, no listener", async () => {
    const { platform, clock, flagsmith } = polled(counting);
    await flagsmith.ready();
    const { length } = clock.sleeps;
    expect(clock.pending).toBe(1);
    for (let count = 0; count < 5; count++) await flagsmith.getIdentityFlags(`user ${count}`);
    expect(platform.requests).toHaveLength(1);
    expect(clock.sleeps).toHaveLength(length);
    expect(clock.pending).toBe(1);
  });

  it("takes its own timers from those that let the process end", async () => {
    const { clock, flagsmith } = polled(counting);
    await flagsmith.ready();
    // The one sleep that keeps the process alive is the caller's own deadline.
    expect(clock.sleeps).toEqual([20_000]);
    await clock.advance(60_000);
    expect(clock.sleeps).toEqual([20_000]);
  });
});

describe("after the first load has failed", () => {
  it("calls fail at once with that failure, while the load is tried again ever more slowly", async () => {
    const { platform, clock, flagsmith, times, changes } = polled(() => status(500));
    expect((await failureOf(flagsmith.ready())).code).toBe("API_STATUS");
    for (const ask of [
      () => flagsmith.getEnvironmentFlags(),
      () => flagsmith.ready({ timeoutSeconds: 5 }),
      () => flagsmith.getSnapshot(),
      () => flagsmith.getIdentitySegments("user"),
    ]) {
      expect(await failureOf(ask)).toMatchObject({ code: "API_STATUS", status: 500 });
    }
    expect(platform.requests).toHaveLength(1);
    await clock.advance(64_000 + 3 * 60_000);
    const seconds = [0, 1, 3, 7, 15, 31, 63, 123, 183, 243];
    expect(times()).toEqual(seconds.map((second) => second * 1000));
    expect(changes).toEqual(seconds.map(() => "API_STATUS"));
  });

  it.each([
    [0, [0, 900, 2700, 6300]],
    [0.999_999_999, [0, 1100, 3300, 7700]],
  ])("waits ten per cent more or less, by chance (%d)", async (chance, expected) => {
    random.value = chance;
    const { clock, flagsmith, times } = polled(() => status(500));
    await failureOf(flagsmith.ready());
    await clock.advance(8000);
    expect(times().map(Math.round)).toEqual(expected);
  });

  it("waits no longer than the interval", async () => {
    const { clock, flagsmith, times } = polled(() => status(500), {
      environmentRefreshIntervalSeconds: 3,
    });
    await failureOf(flagsmith.ready());
    await clock.advance(12_000);
    expect(times()).toEqual([0, 1000, 3000, 6000, 9000, 12_000]);
  });

  it("recovers by itself, and is polled at the interval again", async () => {
    const { clock, flagsmith, times, changes, value } = polled(
      (_request, count) => (count < 3 ? status(500) : documentAnswer(count)),
      { defaultFlagHandler: () => ({ enabled: true, value: "default" }) },
    );
    expect(await value()).toBe("default");
    await clock.advance(2999);
    expect(await value()).toBe("default");
    await clock.advance(1);
    expect(await value()).toBe(3);
    await flagsmith.ready();
    expect(changes).toEqual(["API_STATUS", "API_STATUS", `new ${updatedAt}`]);
    await clock.advance(60_000);
    expect(times()).toEqual([0, 1000, 3000, 63_000]);
  });

  it("is tried again no sooner than Retry-After asks", async () => {
    const { clock, flagsmith, times } = polled((_request, count) =>
      status(503, count === 1 ? { "Retry-After": "3600" } : {}),
    );
    await failureOf(flagsmith.ready());
    await clock.advance(3_599_999);
    expect(times()).toEqual([0]);
    await clock.advance(1);
    expect(times()).toEqual([0, 3_600_000]);
  });

  it("looks into the storage again each time: another process may have been luckier", async () => {
    const storage = memoryStorage();
    const { clock, flagsmith, value, times } = polled(() => status(500), { storage });
    await failureOf(flagsmith.ready());
    for (const [key, record] of storageWith(-500).map) storage.map.set(key, record);
    await clock.advance(1000);
    expect(await value()).toBe("stored");
    expect(storage.reads).toHaveLength(2);
    expect(times()).toEqual([0]);
  });
});

describe("polls", () => {
  it.each([
    [0, [54_000, 108_000, 162_000]],
    [0.5, [60_000, 120_000, 180_000]],
    [0.999_999_999, [66_000, 132_000, 198_000]],
  ])("come at the interval, give or take ten per cent, by chance (%d)", async (chance, at) => {
    random.value = chance;
    const { clock, flagsmith, times, value } = polled(counting);
    await flagsmith.ready();
    await clock.advance(200_000);
    expect(times().map(Math.round)).toEqual([0, ...at]);
    expect(await value()).toBe(4);
  });

  it("count from the end of the load before, so that a slow API is never asked twice at a time", async () => {
    const { answer, give } = controlled();
    const { clock, flagsmith, times } = polled(answer, { environmentRefreshIntervalSeconds: 1 });
    const ready = flagsmith.ready();
    await clock.advance(9000);
    give(0, documentAnswer());
    await ready;
    await clock.advance(6000);
    expect(times()).toEqual([0, 10_000]);
    give(1, documentAnswer());
    await clock.advance(1000);
    expect(times()).toEqual([0, 10_000, 16_000]);
  });

  it("bring the new document, and report it", async () => {
    const dates = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:30Z"];
    const { clock, flagsmith, changes, value } = polled((_request, count) =>
      json(environmentDocument(count, { updated_at: dates[count - 1] })),
    );
    await flagsmith.ready();
    const before = await flagsmith.getEnvironmentFlags();
    await clock.advance(60_000);
    expect(await value()).toBe(2);
    expect(before.getFeatureValue("banner")).toBe(1);
    expect(changes).toEqual(dates.map((date) => `new ${date}`));
  });

  it("that fail keep the document, report the date of what is kept, and warn each time", async () => {
    const told: unknown[] = [];
    const { clock, flagsmith, logger, value, times } = polled(
      (_request, count) => (count === 1 ? documentAnswer() : status(502)),
      { onEnvironmentChange: (error, change) => void told.push([error?.message, change]) },
    );
    await flagsmith.ready();
    await clock.advance(120_000);
    expect(await value()).toBe("api");
    expect(times()).toEqual([0, 60_000, 120_000]);
    const failed = `GET ${apiUrl}environment-document/ failed with status 502.`;
    expect(told).toEqual([
      [undefined, { updatedAt }],
      [failed, { updatedAt }],
      [failed, { updatedAt }],
    ]);
    const line = `The environment could not be refreshed: ${failed}`;
    expect(logger.warnings).toEqual([line, line]);
    expect(logger.errors).toEqual([]);
  });

  it("refuse a document of a wrong shape whole, and keep the old one", async () => {
    const { clock, flagsmith, changes, value, logger } = polled((_request, count) =>
      count === 1
        ? documentAnswer()
        : json(environmentDocument("new", { identity_overrides: [{ identifier: 7 }] })),
    );
    await flagsmith.ready();
    await clock.advance(60_000);
    expect(await value()).toBe("api");
    expect(changes).toEqual([`new ${updatedAt}`, "INVALID_RESPONSE"]);
    expect(logger.warnings).toEqual([
      "The environment could not be refreshed: The environment document is invalid at identity_overrides[0].identifier and is not used.",
    ]);
  });

  it.each([
    ["120", 120_000],
    ["1", 60_000],
    ["Thu, 01 Jan 2026 00:05:00 GMT", 240_000],
    ["99999999999", 86_400_000],
  ])("are put off by a Retry-After of %s, never brought forward", async (retryAfter, waitMs) => {
    const { clock, flagsmith } = polled((_request, count) =>
      count === 1 ? documentAnswer() : status(429, { "Retry-After": retryAfter }),
    );
    await flagsmith.ready();
    await clock.advance(60_000);
    expect(clock.due).toEqual([waitMs]);
  });

  it("stop where the runtime does not permit the connection", async () => {
    const denied = new Error("Requires net access");
    const platform = fakePlatform(
      () => {
        throw denied;
      },
      { isPermissionError: (error) => error === denied },
    );
    const flagsmith = localClient(platform);
    expect((await failureOf(flagsmith.ready())).code).toBe("PERMISSION_DENIED");
    await platform.clock.advance(3_600_000);
    expect(platform.requests).toHaveLength(1);
    await flagsmith.close();
  });

  it.each([401, 403])(
    "stop at a %i, which is said once, until updateEnvironment()",
    async (code) => {
      let isRefused = true;
      const { clock, flagsmith, logger, times, value, changes } = polled((_request, count) =>
        count > 1 && isRefused ? status(code) : documentAnswer(count),
      );
      await flagsmith.ready();
      await clock.advance(3_600_000);
      expect(times()).toEqual([0, 60_000]);
      expect(clock.pending).toBe(0);
      expect(await value()).toBe(1);
      expect(logger.warnings).toEqual([]);
      expect(logger.errors).toEqual([
        "The environment could not be refreshed and loading has stopped: " +
          `GET ${apiUrl}environment-document/ failed with status ${code}: check environmentKey, then call updateEnvironment().`,
      ]);
      expect(await failureOf(flagsmith.updateEnvironment())).toMatchObject({ status: code });
      expect(clock.pending).toBe(0);
      isRefused = false;
      await flagsmith.updateEnvironment();
      expect(await value()).toBe(4);
      await clock.advance(60_000);
      expect(await value()).toBe(5);
      expect(changes).toEqual([
        `new ${updatedAt}`,
        "API_STATUS",
        "API_STATUS",
        `new ${updatedAt}`,
        `new ${updatedAt}`,
      ]);
    },
  );

  it("are not begun where the very first load meets a 403", async () => {
    const { clock, flagsmith, times, logger } = polled(() => status(403));
    await failureOf(flagsmith.ready());
    await clock.advance(3_600_000);
    expect(times()).toEqual([0]);
    expect(logger.errors).toHaveLength(1);
    expect(await failureOf(flagsmith.getEnvironmentFlags())).toMatchObject({ status: 403 });
  });
});

describe("updateEnvironment", () => {
  it("loads at once, unconditionally, and puts the next poll off", async () => {
    const { platform, clock, flagsmith, times, value } = polled((_request, count) =>
      documentAnswer(count, {
        Date: "Thu, 01 Jan 2026 00:00:00 GMT",
        "Last-Modified": "Wed, 31 Dec 2025 12:00:00 GMT",
      }),
    );
    await flagsmith.ready();
    await clock.advance(50_000);
    await flagsmith.updateEnvironment();
    expect(await value()).toBe(2);
    await clock.advance(60_000);
    expect(times()).toEqual([0, 50_000, 110_000]);
    const conditions = platform.requests.map(({ headers }) => headers["if-modified-since"]);
    expect(conditions).toEqual([undefined, undefined, "Wed, 31 Dec 2025 12:00:00 GMT"]);
  });

  it("during a load loads again after it, and both callers of two get the newer one", async () => {
    const { answer, give } = controlled();
    const { platform, flagsmith, value } = polled(answer);
    const ready = flagsmith.ready();
    await settle();
    const updates = [flagsmith.updateEnvironment(), flagsmith.updateEnvironment()];
    await settle();
    expect(platform.requests).toHaveLength(1);
    give(0, documentAnswer("old"));
    await ready;
    await settle();
    expect(platform.requests).toHaveLength(2);
    expect(await value()).toBe("old");
    give(1, documentAnswer("new"));
    await Promise.all(updates);
    expect(await value()).toBe("new");
    expect(platform.requests).toHaveLength(2);
  });

  it("rejects with the load's failure, and keeps the document and the polls", async () => {
    const { clock, flagsmith, value, changes } = polled((_request, count) =>
      count === 1 ? documentAnswer() : status(500),
    );
    await flagsmith.ready();
    expect(await failureOf(flagsmith.updateEnvironment())).toMatchObject({ status: 500 });
    expect(await value()).toBe("api");
    expect(changes).toEqual([`new ${updatedAt}`, "API_STATUS"]);
    expect(clock.due).toEqual([60_000]);
  });

  it("is rejected when its time is up, though there is a document", async () => {
    const { clock, flagsmith, value } = polled(
      (request, count) => (count === 1 ? documentAnswer() : hang(request)),
      { requestTimeoutSeconds: 30, requestDeadlineSeconds: 20 },
    );
    await flagsmith.ready();
    const startedAt = clock.now();
    const error = await clock.run(failureOf(flagsmith.updateEnvironment()));
    expect(error.code).toBe("API_TIMEOUT");
    expect(clock.now() - startedAt).toBe(20_000);
    expect(await value()).toBe("api");
  });

  it("is rejected when its time is up, the load before it having used most of it", async () => {
    const { platform, clock, flagsmith } = polled(hang, {
      requestTimeoutSeconds: 20,
      requestDeadlineSeconds: 20,
    });
    const first = failureOf(flagsmith.ready());
    await clock.advance(15_000);
    const startedAt = clock.now();
    const update = failureOf(flagsmith.updateEnvironment());
    expect((await clock.run(update)).code).toBe("API_TIMEOUT");
    expect(clock.now() - startedAt).toBe(20_000);
    expect((await first).code).toBe("API_TIMEOUT");
    expect(platform.requests.map(({ at }) => at)).toEqual([0, 20_000]);
  });

  it("rejects with the reason of the caller's signal, and the load goes on", async () => {
    const { answer, give } = controlled();
    const { flagsmith, value } = polled(answer);
    const controller = new AbortController();
    const update = flagsmith.updateEnvironment({ signal: controller.signal });
    const outcome = expect(update).rejects.toBe("enough");
    await settle();
    controller.abort("enough");
    await outcome;
    give(0, documentAnswer());
    await settle();
    expect(await value()).toBe("api");
  });

  it("recovers from a first load that failed, without waiting for the backoff", async () => {
    const { clock, flagsmith, value } = polled((_request, count) =>
      count === 1 ? status(500) : documentAnswer(),
    );
    await failureOf(flagsmith.ready());
    await flagsmith.updateEnvironment();
    expect(await value()).toBe("api");
    expect(clock.due).toEqual([60_000]);
  });
});

describe("close", () => {
  it("stops the polls: no timer, no request, and memory answers", async () => {
    const { platform, clock, flagsmith, value } = polled(counting);
    await flagsmith.ready();
    await flagsmith.close();
    await flagsmith.close();
    expect(clock.pending).toBe(0);
    await clock.advance(3_600_000);
    expect(platform.requests).toHaveLength(1);
    expect(await value()).toBe(1);
    await flagsmith.ready();
    expect(await flagsmith.getIdentitySegments("u", { plan: "gold" })).toHaveLength(1);
    expect((await flagsmith.getSnapshot()).updatedAt).toBe(updatedAt);
    expect((await failureOf(flagsmith.updateEnvironment())).code).toBe("CLOSED");
    expect(platform.requests).toHaveLength(1);
  });

  it("before anything was asked lets every call fail with CLOSED, handler or not", async () => {
    const { platform, clock, flagsmith } = polled(counting, {
      defaultFlagHandler: () => ({ enabled: true }),
    });
    await flagsmith.close();
    for (const ask of [
      () => flagsmith.getEnvironmentFlags(),
      () => flagsmith.getIdentityFlags("user"),
      () => flagsmith.getIdentitySegments("user"),
      () => flagsmith.getSnapshot(),
      () => flagsmith.ready(),
      () => flagsmith.updateEnvironment(),
    ]) {
      expect((await failureOf(ask)).code).toBe("CLOSED");
    }
    expect(platform.requests).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it("after a first load that failed says CLOSED, not what had failed, and stops the retries", async () => {
    const { platform, clock, flagsmith } = polled(() => status(500));
    await failureOf(flagsmith.ready());
    await flagsmith.close();
    expect(clock.pending).toBe(0);
    expect((await failureOf(flagsmith.getEnvironmentFlags())).code).toBe("CLOSED");
    expect(platform.requests).toHaveLength(1);
  });

  it.each([
    ["heeds its signal", hang],
    ["is deaf", hangDeaf],
  ])(
    "aborts a load under way whose connection %s: its callers get CLOSED",
    async (_name, answer) => {
      const { platform, clock, flagsmith, changes, logger } = polled(answer);
      const asking = Promise.all([
        failureOf(flagsmith.getEnvironmentFlags()),
        failureOf(flagsmith.ready()),
        failureOf(flagsmith.updateEnvironment()),
      ]);
      await settle();
      expect(platform.requests[0]?.signal?.aborted).toBe(false);
      await flagsmith.close();
      expect((await asking).map(({ code }) => code)).toEqual(["CLOSED", "CLOSED", "CLOSED"]);
      expect(platform.requests[0]?.signal?.aborted).toBe(true);
      await settle();
      expect(clock.pending).toBe(0);
      expect(platform.requests).toHaveLength(1);
      expect([changes, logger.warnings, logger.errors]).toEqual([[], [], []]);
    },
  );

  it("aborts a poll under way and keeps the document", async () => {
    const { platform, clock, flagsmith, value, changes } = polled((request, count) =>
      count === 1 ? documentAnswer() : hang(request),
    );
    await flagsmith.ready();
    await clock.advance(60_000);
    const update = failureOf(flagsmith.updateEnvironment());
    await settle();
    await flagsmith.close();
    expect((await update).code).toBe("CLOSED");
    expect(clock.pending).toBe(0);
    expect(platform.requests).toHaveLength(2);
    expect(await value()).toBe("api");
    expect(changes).toEqual([`new ${updatedAt}`]);
  });

  it("lets an answer that comes nevertheless change nothing", async () => {
    const { answer, give } = controlled();
    const storage = memoryStorage();
    const { clock, flagsmith, changes } = polled(answer, { storage });
    const call = failureOf(flagsmith.getEnvironmentFlags());
    await settle();
    await flagsmith.close();
    give(0, documentAnswer());
    expect((await call).code).toBe("CLOSED");
    await settle();
    expect([changes, storage.writes, clock.pending]).toEqual([[], [], 0]);
    expect((await failureOf(flagsmith.getEnvironmentFlags())).code).toBe("CLOSED");
  });

  it("lets a document change nothing that is loaded in spite of the abort", async () => {
    const clock = new FakeClock();
    const logger = recordingLogger();
    const storage = memoryStorage();
    const changes: unknown[] = [];
    let give = (_answer: DocumentAnswer) => {};
    const source = new DocumentSource({
      loadDocument: () =>
        new Promise((resolve) => {
          give = resolve;
        }),
      compiler: createCompiler(logger),
      store: new DocumentStore({
        storage,
        environmentKey,
        apiUrl,
        timers: clock,
        guard: () => async (run) => run(),
      }),
      timers: clock,
      logger,
    });
    const provider = new PollingEnvironment({
      source,
      timers: clock,
      logger,
      onChange: () => void changes.push("reported"),
      intervalMs: 60_000,
      safetyIntervalMs: 300_000,
      deadlineMs: 20_000,
    });
    const call = { signal: undefined, deadlineAt: Number.MAX_SAFE_INTEGER };
    const ready = failureOf(provider.ready(call));
    await settle();
    provider.close();
    const document = environmentDocument();
    give({ document, text: "{}", sentAt: 0, lastModified: undefined, serverTime: undefined });
    expect((await ready).code).toBe("CLOSED");
    expect(provider.current()).toBeUndefined();
    expect([changes, storage.writes, clock.pending]).toEqual([[], [], 0]);
  });

  it("puts an old document of the storage to use, though the API had not answered yet", async () => {
    const { flagsmith, value } = polled(hang, { storage: storageWith(3_600_000) });
    const call = flagsmith.getEnvironmentFlags();
    await settle();
    await flagsmith.close();
    expect((await call).getFeatureValue("banner")).toBe("stored");
    expect(await value()).toBe("stored");
  });

  it("may be called by onEnvironmentChange itself", async () => {
    const { clock, flagsmith, platform } = polled(counting, {
      onEnvironmentChange: () => void flagsmith.close(),
    });
    await flagsmith.ready();
    expect(clock.pending).toBe(0);
    await clock.advance(120_000);
    expect(platform.requests).toHaveLength(1);
  });

  it("ends the wait for a storage that hangs", async () => {
    const { clock, flagsmith, platform, logger } = polled(counting, {
      storage: { getItem: () => new Promise(() => undefined) },
    });
    const call = failureOf(flagsmith.getEnvironmentFlags());
    await settle();
    await flagsmith.close();
    expect((await call).code).toBe("CLOSED");
    expect([clock.pending, platform.requests, logger.warnings]).toEqual([0, [], []]);
  });
});

describe("nothing that the user's own code does gets into the process", () => {
  const failures: Record<string, () => unknown> = {
    throws: () => {
      throw new Error("mine");
    },
    rejects: () => Promise.reject(new Error("mine")),
    "gives a thenable that throws": () => ({
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested.
      then: () => {
        throw new Error("mine");
      },
    }),
    hangs: () => new Promise(() => undefined),
  };

  it.each(Object.entries(failures))(
    "where everything %s, loads, polls and failures go on as ever",
    async (_name, fail) => {
      const broken = fail as () => never;
      const platform = fakePlatform(
        (_request, count) => (count === 2 ? status(500) : documentAnswer(count)),
        { retryPolicy },
      );
      const flagsmith = localClient(platform, {
        onEnvironmentChange: broken,
        storage: { getItem: broken, setItem: broken },
        logger: { debug: broken, info: broken, warn: broken, error: broken },
      });
      const flags = await platform.clock.run(flagsmith.getEnvironmentFlags());
      expect(flags.getFeatureValue("banner")).toBe(1);
      expect(flags.isFeatureEnabled("unknown")).toBe(false);
      await platform.clock.advance(120_000);
      expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe(3);
      expect(platform.requests).toHaveLength(3);
      await flagsmith.close();
    },
  );

  it.each(Object.entries(failures).filter(([name]) => name !== "hangs"))(
    "an onEnvironmentChange that %s is warned of once, without what it threw",
    async (_name, fail) => {
      const { clock, flagsmith, logger } = polled(counting, {
        onEnvironmentChange: fail as () => never,
      });
      await flagsmith.ready();
      await clock.advance(180_000);
      expect(logger.warnings).toEqual([
        expect.stringMatching(/^onEnvironmentChange failed: Error: mine at /),
      ]);
    },
  );

  it("a fetch whose answers break fails the load with NO_ENVIRONMENT, which fallbacks answer", async () => {
    const get = () => {
      throw new RangeError("secret");
    };
    const broken = () => Object.defineProperty(status(500), "headers", { value: { get } });
    const { clock, flagsmith, value, logger } = polled((_request, count) =>
      count === 1 ? broken() : documentAnswer(),
    );
    expect(await failureOf(flagsmith.ready())).toMatchObject({
      code: "NO_ENVIRONMENT",
      message: "Loading the environment failed with RangeError.",
    });
    expect(logger.warnings).toHaveLength(1);
    await clock.advance(1000);
    expect(await value()).toBe("api");
  });
});
