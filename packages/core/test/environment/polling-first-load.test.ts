import { describe, expect, it } from "vitest";
import {
  documentResponse,
  memoryStorage,
  ownKey,
  storageWith,
  updatedAt,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  apiUrl,
  catchError,
  fixedRandom,
  settle,
  status,
} from "../fake-platform.ts";
import { countRequests, createManualApi, createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
const random = fixedRandom();

describe("the first load", () => {
  it("does not start in the constructor", async () => {
    const storage = storageWith(0);
    const { platform, clock, flagsmith } = createPollingClient(countRequests, { storage });
    await settle();
    expect(platform.requests).toEqual([]);
    expect([clock.sleeps, clock.delays, storage.reads]).toEqual([[], [], []]);
    await flagsmith.close();
    expect(clock.pending).toBe(0);
  });

  it.each(["getEnvironmentFlags", "ready", "getSnapshot", "updateEnvironment"] as const)(
    "starts with %s() and sends the environment key",
    async (method) => {
      const { platform, flagsmith } = createPollingClient(countRequests);
      await flagsmith[method]();
      expect(platform.requests).toHaveLength(1);
      expect(platform.requests[0]).toMatchObject({
        method: "GET",
        url: `${apiUrl}environment-document/`,
        headers: { "x-environment-key": "ser.unit-test-key", accept: "application/json" },
      });
    },
  );

  it("is shared by concurrent calls", async () => {
    const { answer, respond } = createManualApi();
    const { platform, flagsmith, changes } = createPollingClient(answer);
    const calls = [
      flagsmith.getEnvironmentFlags(),
      flagsmith.getIdentityFlags("vip"),
      flagsmith.getIdentityFlags("user", { plan: "gold" }),
    ];
    const segments = flagsmith.getIdentitySegments("user", { plan: "gold" });
    const ready = flagsmith.ready();
    await settle();
    respond(0, documentResponse());
    const values = (await Promise.all(calls)).map((flags) => flags.getFeatureValue("banner"));
    expect(values).toEqual(["api", "for vip", "for gold"]);
    expect(await segments).toEqual([{ id: 11, name: "gold" }]);
    await ready;
    expect(platform.requests).toHaveLength(1);
    expect(changes).toEqual([`new ${updatedAt}`]);
  });

  it("continues after the deadline of one of its calls", async () => {
    const { answer, respond } = createManualApi();
    const { platform, clock, flagsmith } = createPollingClient(answer, {
      requestTimeoutSeconds: 30,
      requestDeadlineSeconds: 20,
    });
    const startedAt = clock.now();
    const impatient = catchError(flagsmith.ready({ timeoutSeconds: 2.5 }));
    const patient = flagsmith.getEnvironmentFlags();
    const error = await clock.run(impatient);
    expect(clock.now() - startedAt).toBe(2500);
    expect(error.code).toBe("API_TIMEOUT");
    expect(error.message).toBe(
      "The environment document did not arrive within the call's deadline.",
    );
    await clock.advance(10_000);
    const late = flagsmith.getEnvironmentFlags();
    respond(0, documentResponse());
    expect((await patient).getFeatureValue("banner")).toBe("api");
    expect((await late).getFeatureValue("banner")).toBe("api");
    expect(platform.requests).toHaveLength(1);
  });

  it("continues after one of its calls is aborted", async () => {
    const { answer, respond } = createManualApi();
    const { platform, flagsmith } = createPollingClient(answer, {
      defaultFlagHandler: () => ({ enabled: true }),
    });
    const reason = new Error("aborted by the user");
    const controller = new AbortController();
    const aborted = expect(
      flagsmith.getEnvironmentFlags({ signal: controller.signal }),
    ).rejects.toBe(reason);
    const other = flagsmith.getEnvironmentFlags();
    await settle();
    controller.abort(reason);
    await aborted;
    respond(0, documentResponse());
    expect((await other).getFeatureValue("banner")).toBe("api");
    expect(platform.requests).toHaveLength(1);
    expect(platform.requests[0]?.signal?.aborted).toBe(false);
  });

  it("leaves later calls without requests and timers", async () => {
    const { platform, clock, flagsmith } = createPollingClient(countRequests);
    await flagsmith.ready();
    const { length } = clock.sleeps;
    expect(clock.pending).toBe(1);
    for (let count = 0; count < 5; count++) await flagsmith.getIdentityFlags(`user ${count}`);
    expect(platform.requests).toHaveLength(1);
    expect(clock.sleeps).toHaveLength(length);
    expect(clock.pending).toBe(1);
  });

  it("uses timers that do not keep the process alive", async () => {
    const { clock, flagsmith } = createPollingClient(countRequests);
    await flagsmith.ready();
    // Only the wait for the caller's own deadline keeps the process alive.
    expect(clock.sleeps).toEqual([20_000]);
    await clock.advance(60_000);
    expect(clock.sleeps).toEqual([20_000]);
  });

  it("getEnvironment() keeps the process alive, also between two attempts", async () => {
    const { clock, flagsmith } = createPollingClient(
      (_request, count) => (count === 1 ? status(503) : documentResponse()),
      { retries: { retries: 1, delay: () => 700 } },
    );
    await clock.run(flagsmith.getEnvironment());
    expect(clock.sleeps).toEqual([10_000, 700, 10_000]);
  });
});

describe("after a failed first load", () => {
  it("calls fail immediately while loads are retried with backoff", async () => {
    const { platform, clock, flagsmith, times, changes, logger } = createPollingClient(() =>
      status(500),
    );
    expect((await catchError(flagsmith.ready())).code).toBe("API_STATUS");
    for (const call of [
      () => flagsmith.getEnvironmentFlags(),
      () => flagsmith.ready({ timeoutSeconds: 5 }),
      () => flagsmith.getSnapshot(),
      () => flagsmith.getIdentitySegments("user"),
    ]) {
      expect(await catchError(call)).toMatchObject({ code: "API_STATUS", status: 500 });
    }
    expect(platform.requests).toHaveLength(1);
    expect(logger.warnings).toEqual([
      `Flags could not be loaded: GET ${apiUrl}environment-document/ failed with status 500.`,
    ]);
    await clock.advance(64_000 + 3 * 60_000);
    const seconds = [0, 1, 3, 7, 15, 31, 63, 123, 183, 243];
    expect(times()).toEqual(seconds.map((second) => second * 1000));
    expect(changes).toEqual(seconds.map(() => "API_STATUS"));
  });

  it.each([
    [0, [0, 900, 2700, 6300]],
    [0.999_999_999, [0, 1100, 3300, 7700]],
  ])("the backoff is jittered by ten per cent (random %d)", async (chance, expected) => {
    random.value = chance;
    const { clock, flagsmith, times } = createPollingClient(() => status(500));
    await catchError(flagsmith.ready());
    await clock.advance(8000);
    expect(times().map(Math.round)).toEqual(expected);
  });

  it("the backoff is limited to the interval", async () => {
    const { clock, flagsmith, times } = createPollingClient(() => status(500), {
      environmentRefreshIntervalSeconds: 3,
    });
    await catchError(flagsmith.ready());
    await clock.advance(12_000);
    expect(times()).toEqual([0, 1000, 3000, 6000, 9000, 12_000]);
  });

  it("a retry recovers, and polls run at the interval again", async () => {
    const { clock, flagsmith, times, changes, value } = createPollingClient(
      (_request, count) => (count < 3 ? status(500) : documentResponse(count)),
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

  it("retries wait for Retry-After", async () => {
    const { clock, flagsmith, times } = createPollingClient((_request, count) =>
      status(503, count === 1 ? { "Retry-After": "3600" } : {}),
    );
    await catchError(flagsmith.ready());
    // Retry-After is followed for five minutes.
    await clock.advance(299_999);
    expect(times()).toEqual([0]);
    await clock.advance(1);
    expect(times()).toEqual([0, 300_000]);
  });

  it("a read of the storage during Retry-After sends no request", async () => {
    const storage = memoryStorage();
    const answer = () => status(503, { "Retry-After": "120" });
    const { clock, flagsmith, times } = createPollingClient(answer, { storage });
    await catchError(flagsmith.ready());
    await clock.advance(119_999);
    expect(storage.reads.filter((key) => key === ownKey).length).toBeGreaterThan(3);
    expect(times()).toEqual([0]);
  });

  it("each retry reads the storage again", async () => {
    const storage = memoryStorage();
    const { clock, flagsmith, value, times } = createPollingClient(() => status(500), { storage });
    await catchError(flagsmith.ready());
    for (const [key, record] of storageWith(-500).map) storage.map.set(key, record);
    await clock.advance(1000);
    expect(await value()).toBe("stored");
    expect(storage.reads.filter((key) => key === ownKey)).toHaveLength(2);
    expect(times()).toEqual([0]);
  });
});
