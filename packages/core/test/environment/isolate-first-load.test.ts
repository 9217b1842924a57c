import { describe, expect, it } from "vitest";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import {
  documentResponse,
  memoryStorage,
  ownKey,
  recordingChanges,
  storageWith,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  FakeClock,
  fixedRandom,
  hang,
  type Responder,
  recordingLogger,
  settle,
  status,
} from "../fake-platform.ts";
import { createIsolate, createRequest } from "./fake-isolate.ts";

fixedRandom();
allowNoUnhandledRejection();

/** An isolate whose API responds after `ms`. */
function createSlowIsolate(ms: number, options: Partial<FlagsmithOptions> = {}) {
  const clock = new FakeClock();
  const answer: Responder = async () => {
    await clock.sleep(ms);
    return documentResponse("late");
  };
  return createIsolate(answer, options, clock);
}

describe("the first load, with waitUntil", () => {
  it("is shared by concurrent requests, with one write", async () => {
    const storage = memoryStorage();
    const { clock, platform, valueFor } = createSlowIsolate(300, { storage });
    const requests = Array.from({ length: 20 }, createRequest);
    const values = Promise.all(requests.map(valueFor));
    expect(await clock.run(values)).toEqual(Array(20).fill("late"));
    await clock.run(Promise.all(requests.flatMap(({ work }) => work)));
    expect(platform.requests).toHaveLength(1);
    expect(storage.writes.map(({ key }) => key)).toEqual([ownKey, `${ownKey}-lease`]);
  });

  it("continues after the request that started it is aborted", async () => {
    const { clock, platform, flagsmith, valueFor } = createSlowIsolate(1500);
    const first = createRequest();
    const controller = new AbortController();
    const aborted = flagsmith
      .forRequest(first)
      .getEnvironmentFlags({ signal: controller.signal })
      .catch((reason) => reason);
    await clock.advance(1000);
    controller.abort("enough");
    expect(await aborted).toBe("enough");
    expect(await clock.run(valueFor(createRequest()))).toBe("late");
    expect(platform.requests).toHaveLength(1);
  });

  it("continues after ready() has timed out", async () => {
    const { clock, platform, flagsmith, value } = createSlowIsolate(1500, {
      waitUntil: () => undefined,
    });
    const ready = catchError(flagsmith.ready({ timeoutSeconds: 1 }));
    await clock.advance(1000);
    expect((await ready).code).toBe("API_TIMEOUT");
    await clock.advance(500);
    expect(await value()).toBe("late");
    expect(platform.requests).toHaveLength(1);
  });

  it("is started again by a request after half of its time", async () => {
    const { clock, platform, valueFor } = createIsolate((request, count) =>
      count === 1 ? hang(request) : documentResponse("mine"),
    );
    void valueFor(createRequest()).catch(() => undefined);
    await settle();
    clock.cutOff();
    const values = Promise.all(Array.from({ length: 5 }, () => valueFor(createRequest())));
    await clock.advance(9999);
    expect(platform.requests).toHaveLength(1);
    await clock.advance(100);
    expect(await values).toEqual(Array(5).fill("mine"));
    expect(platform.requests).toHaveLength(2);
  });

  it("fails for every request that waits for it", async () => {
    const { clock, platform, valueFor } = createIsolate(async () => {
      await clock.sleep(100);
      return status(500);
    });
    const codes = Promise.all(
      Array.from({ length: 3 }, async () => (await catchError(valueFor(createRequest()))).code),
    );
    expect(await clock.run(codes)).toEqual(Array(3).fill("API_STATUS"));
    expect(platform.requests).toHaveLength(1);
  });
});

describe("the first load, without waitUntil", () => {
  it("of one request answers another, whose own load hangs", async () => {
    const { clock, platform, value } = createIsolate(async (request, count) => {
      if (count > 1) return hang(request);
      await clock.sleep(200);
      return documentResponse("first");
    });
    const startedAt = clock.now();
    expect(await clock.run(Promise.all([value(), value()]))).toEqual(["first", "first"]);
    expect(clock.now() - startedAt).toBe(200);
    expect(platform.requests).toHaveLength(2);
  });

  it("does not count as failed if only ready() timed out", async () => {
    const { changes, onEnvironmentChange } = recordingChanges();
    const brief = createSlowIsolate(1500, { onEnvironmentChange });
    const ready = catchError(brief.flagsmith.ready({ timeoutSeconds: 0.1 }));
    expect((await brief.clock.run(ready)).code).toBe("API_TIMEOUT");
    expect(changes).toEqual([]);
    expect(await brief.clock.run(brief.value())).toBe("late");
    // The client's own deadline counts as a failure.
    const late = createSlowIsolate(25_000);
    expect(
      (await late.clock.run(catchError(late.flagsmith.ready({ timeoutSeconds: 20 })))).code,
    ).toBe("API_TIMEOUT");
    expect((await catchError(late.value())).code).toBe("API_TIMEOUT");
    expect(late.platform.requests).toHaveLength(1);
  });
});

describe("after a failed first load", () => {
  /** Fails, then hangs. */
  const failThenHang: Responder = (request, count) => (count === 1 ? status(500) : hang(request));

  it("calls fail immediately until a retry is due, and wait a second for it", async () => {
    const { clock, platform, valueFor } = createIsolate(failThenHang);
    for (let count = 0; count < 3; count++) await catchError(valueFor(createRequest()));
    expect(platform.requests).toHaveLength(1);
    await clock.advance(1000);
    const startedAt = clock.now();
    const retrying = catchError(valueFor(createRequest()));
    await settle();
    // Other requests wait for the same second, or not at all.
    expect((await clock.run(catchError(valueFor(createRequest())))).code).toBe("API_STATUS");
    expect((await retrying).code).toBe("API_STATUS");
    expect(clock.now() - startedAt).toBe(1000);
    expect((await catchError(valueFor(createRequest()))).code).toBe("API_STATUS");
    expect(platform.requests).toHaveLength(2);
  });

  it("calls retry with backoff, up to ten seconds", async () => {
    const requestedAt: number[] = [];
    let second = 0;
    const { clock, value } = createIsolate(() => {
      requestedAt.push(second);
      return status(503);
    });
    for (; second < 300; second++) {
      await catchError(value());
      await clock.advance(1000);
    }
    expect(requestedAt.slice(0, 8)).toEqual([0, 1, 3, 7, 15, 25, 35, 45]);
  });

  it("without waitUntil, one request retries and all wait at most a second", async () => {
    const { clock, platform, value } = createIsolate(failThenHang);
    await catchError(value());
    await clock.advance(1000);
    const retrying = catchError(value());
    await settle();
    expect((await clock.run(catchError(value()))).code).toBe("API_STATUS");
    expect((await retrying).code).toBe("API_STATUS");
    expect((await catchError(value())).code).toBe("API_STATUS");
    expect(platform.requests).toHaveLength(2);
  });

  it("a document that another isolate has stored is used", async () => {
    const storage = memoryStorage();
    const options = { storage, storageCheckIntervalSeconds: 1 };
    const one = createIsolate(() => status(429, { "Retry-After": "3600" }), options);
    await catchError(one.value());
    await createIsolate(() => documentResponse("stored by another"), options, one.clock).value();
    await one.clock.advance(1000);
    expect(await one.value()).toBe("stored by another");
    expect(one.platform.requests).toHaveLength(1);
  });
});

it("close() during the read of the storage ends the first load without a request", async () => {
  const clock = new FakeClock();
  const storage = { getItem: () => clock.sleep(500) };
  const { platform, flagsmith, value } = createIsolate(
    () => documentResponse(),
    { storage },
    clock,
  );
  const call = catchError(value());
  await settle();
  await flagsmith.close();
  expect((await clock.run(call)).code).toBe("CLOSED");
  expect(platform.requests).toEqual([]);
});

describe("a refused key", () => {
  it.each([401, 403])("is retried slowly, with one error and one message (%i)", async (code) => {
    const logger = recordingLogger();
    let isRefused = true;
    let minute = 0;
    const minutes: number[] = [];
    const { clock, value } = createIsolate(
      (_request, count) => {
        minutes.push(minute);
        return count > 1 && isRefused ? status(code) : documentResponse(count);
      },
      { logger },
    );
    await value();
    for (minute = 1; minute <= 20; minute++) {
      await clock.advance(60_000);
      expect(await value()).toBe(1);
    }
    expect(minutes).toEqual([0, 1, 2, 4, 8, 13, 18]);
    expect(logger.errors).toHaveLength(1);
    isRefused = false;
    await clock.advance(240_000);
    expect(await value()).toBe(8);
    expect(logger.lines.at(-1)).toBe("info The environment is loaded again.");
  });

  it("is retried slowly by an isolate without a document", async () => {
    let minute = 0;
    const minutes: number[] = [];
    const { clock, value } = createIsolate(() => {
      minutes.push(minute);
      return status(401);
    });
    for (; minute < 20; minute++) {
      await catchError(value());
      await clock.advance(60_000);
    }
    expect(minutes).toEqual([0, 1, 3, 7, 12, 17]);
  });
});

describe("the storage of an isolate without a document", () => {
  it("is read by every request, even if another is aborted", async () => {
    const storage = storageWith(1000);
    const clock = new FakeClock();
    const getItem = async (key: string) => {
      await clock.sleep(150);
      return storage.getItem(key);
    };
    const client = createIsolate(() => status(503), { storage: { getItem } }, clock);
    const controller = new AbortController();
    const aborted = client.flagsmith
      .getEnvironmentFlags({ signal: controller.signal })
      .catch((reason) => reason);
    await settle();
    controller.abort("enough");
    expect(await aborted).toBe("enough");
    const values = Promise.all(Array.from({ length: 20 }, client.value));
    expect(await client.clock.run(values)).toEqual(Array(20).fill("stored"));
    expect(client.platform.requests).toHaveLength(0);
  });

  it("is read by one of the requests with a waitUntil", async () => {
    const storage = storageWith(1000);
    const { clock, platform, valueFor } = createIsolate(() => status(503), { storage });
    const values = Promise.all(Array.from({ length: 20 }, () => valueFor(createRequest())));
    expect(await clock.run(values)).toEqual(Array(20).fill("stored"));
    expect([storage.reads.length, platform.requests.length]).toEqual([2, 0]);
  });

  const hangForever = () => new Promise(() => undefined);

  it.each([
    ["takes a write", { getItem: () => null, setItem: hangForever }, 4000],
    ["responds", { getItem: hangForever, setItem: hangForever }, 6000],
  ])("delays a call by seconds only if it never %s", async (_name, storage, maxMs) => {
    const { clock, value } = createIsolate(() => documentResponse("fresh"), { storage });
    const startedAt = clock.now();
    expect(await clock.run(value())).toBe("fresh");
    expect(clock.now() - startedAt).toBeLessThanOrEqual(maxMs);
  });

  it("may hold a document with a future date, which is ignored", async () => {
    const storage = storageWith(-24 * 3600 * 1000);
    const { platform, valueFor } = createIsolate(() => documentResponse("fresh"), { storage });
    const scope = createRequest();
    expect(await valueFor(scope)).toBe("fresh");
    await Promise.all(scope.work);
    expect(platform.requests).toHaveLength(1);
    expect(JSON.parse(String(storage.map.get(ownKey))).fetchedAt).toBe(Date.UTC(2026, 0, 1));
  });
});
