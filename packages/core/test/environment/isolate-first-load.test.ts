import { describe, expect, it } from "vitest";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import {
  documentAnswer,
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
  recordingLogger,
  settle,
  status,
} from "../fake-platform.ts";
import { isolate, request } from "./fake-isolate.ts";

fixedRandom();
allowNoUnhandledRejection();

/** An isolate whose API takes this long. */
function slowIsolate(ms: number, options: Partial<FlagsmithOptions> = {}) {
  const clock = new FakeClock();
  const answer: Answer = async () => {
    await clock.sleep(ms);
    return documentAnswer("late");
  };
  return isolate(answer, options, clock);
}

describe("the first load, where requests have a waitUntil", () => {
  it("is one for all of them, and one write", async () => {
    const storage = memoryStorage();
    const { clock, platform, valueFor } = slowIsolate(300, { storage });
    const requests = Array.from({ length: 20 }, request);
    const values = Promise.all(requests.map(valueFor));
    expect(await clock.run(values)).toEqual(Array(20).fill("late"));
    await clock.run(Promise.all(requests.flatMap(({ work }) => work)));
    expect(platform.requests).toHaveLength(1);
    expect(storage.writes).toHaveLength(1);
  });

  it("goes on when the one who began it has left", async () => {
    const { clock, platform, flagsmith, valueFor } = slowIsolate(1500);
    const leaving = request();
    const caller = new AbortController();
    const left = flagsmith
      .forRequest(leaving)
      .getEnvironmentFlags({ signal: caller.signal })
      .catch((reason) => reason);
    await clock.advance(1000);
    caller.abort("gone");
    expect(await left).toBe("gone");
    expect(await clock.run(valueFor(request()))).toBe("late");
    expect(platform.requests).toHaveLength(1);
  });

  it("goes on when ready() has given up", async () => {
    const { clock, platform, flagsmith, value } = slowIsolate(1500, { waitUntil: () => undefined });
    const ready = failureOf(flagsmith.ready({ timeoutSeconds: 1 }));
    await clock.advance(1000);
    expect((await ready).code).toBe("API_TIMEOUT");
    await clock.advance(500);
    expect(await value()).toBe("late");
    expect(platform.requests).toHaveLength(1);
  });

  it("is begun anew, once, by who has waited for half of his time: it was cut off", async () => {
    const { clock, platform, valueFor } = isolate((asked, count) =>
      count === 1 ? hang(asked) : documentAnswer("mine"),
    );
    void valueFor(request()).catch(() => undefined);
    await settle();
    clock.cutOff();
    const values = Promise.all(Array.from({ length: 5 }, () => valueFor(request())));
    await clock.advance(9999);
    expect(platform.requests).toHaveLength(1);
    await clock.advance(100);
    expect(await values).toEqual(Array(5).fill("mine"));
    expect(platform.requests).toHaveLength(2);
  });

  it("fails for all who wait for it", async () => {
    const { clock, platform, valueFor } = isolate(async () => {
      await clock.sleep(100);
      return status(500);
    });
    const codes = Promise.all(
      Array.from({ length: 3 }, async () => (await failureOf(valueFor(request()))).code),
    );
    expect(await clock.run(codes)).toEqual(Array(3).fill("API_STATUS"));
    expect(platform.requests).toHaveLength(1);
  });
});

describe("the first load, where there is no waitUntil", () => {
  it("has not failed because ready() was to wait for less time than it takes", async () => {
    const { changes, onEnvironmentChange } = recordingChanges();
    const impatient = slowIsolate(1500, { onEnvironmentChange });
    const ready = failureOf(impatient.flagsmith.ready({ timeoutSeconds: 0.1 }));
    expect((await impatient.clock.run(ready)).code).toBe("API_TIMEOUT");
    expect(changes).toEqual([]);
    expect(await impatient.clock.run(impatient.value())).toBe("late");
    // Of the client's own deadline it is another matter.
    const late = slowIsolate(25_000);
    expect(
      (await late.clock.run(failureOf(late.flagsmith.ready({ timeoutSeconds: 20 })))).code,
    ).toBe("API_TIMEOUT");
    expect((await failureOf(late.value())).code).toBe("API_TIMEOUT");
    expect(late.platform.requests).toHaveLength(1);
  });
});

describe("after a first load that has failed", () => {
  /** Fails at once, then hangs. */
  const failThenHang: Answer = (asked, count) => (count === 1 ? status(500) : hang(asked));

  it("nobody waits for a second before the next is due, and then one request does", async () => {
    const { clock, platform, valueFor } = isolate(failThenHang);
    for (let count = 0; count < 3; count++) await failureOf(valueFor(request()));
    expect(platform.requests).toHaveLength(1);
    await clock.advance(1000);
    const begunAt = clock.now();
    const retrying = failureOf(valueFor(request()));
    await settle();
    // The others fall back while it is under way.
    expect((await failureOf(valueFor(request()))).code).toBe("API_STATUS");
    expect((await clock.run(retrying)).code).toBe("API_STATUS");
    expect(clock.now() - begunAt).toBe(1000);
    expect(platform.requests).toHaveLength(2);
  });

  it("the next is ever rarer, up to the interval", async () => {
    const askedAt: number[] = [];
    let second = 0;
    const { clock, value } = isolate(() => {
      askedAt.push(second);
      return status(503);
    });
    for (; second < 300; second++) {
      await failureOf(value());
      await clock.advance(1000);
    }
    expect(askedAt).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });

  it("one request tries where none may work in the background, and the others do not wait", async () => {
    const { clock, platform, value } = isolate(failThenHang);
    await failureOf(value());
    await clock.advance(1000);
    const trying = failureOf(value());
    await settle();
    expect((await failureOf(value())).code).toBe("API_STATUS");
    expect((await clock.run(trying)).code).toBe("API_TIMEOUT");
    expect(platform.requests).toHaveLength(2);
  });

  it("what another isolate has put into the storage is found", async () => {
    const storage = memoryStorage();
    const options = { storage, storageCheckIntervalSeconds: 1 };
    const one = isolate(() => status(429, { "Retry-After": "3600" }), options);
    await failureOf(one.value());
    await isolate(() => documentAnswer("theirs"), options, one.clock).value();
    await one.clock.advance(1000);
    expect(await one.value()).toBe("theirs");
    expect(one.platform.requests).toHaveLength(1);
  });
});

describe("a key that is refused", () => {
  it.each([401, 403])("ends refreshing, and says so once: %i", async (code) => {
    const logger = recordingLogger();
    const { clock, platform, value, flagsmith } = isolate(
      (_asked, count) => (count === 2 ? status(code) : documentAnswer(count)),
      { logger },
    );
    await value();
    for (let minute = 0; minute < 60; minute++) {
      await clock.advance(60_000);
      expect(await value()).toBe(1);
    }
    expect(platform.requests).toHaveLength(2);
    expect(logger.errors).toHaveLength(1);
    await flagsmith.updateEnvironment();
    expect(await value()).toBe(3);
    await clock.advance(60_000);
    await value();
    expect(await value()).toBe(4);
  });

  it("is asked for once by an isolate that has no document", async () => {
    const { clock, platform, value } = isolate(() => status(401));
    for (let minute = 0; minute < 60; minute++) {
      await failureOf(value());
      await clock.advance(60_000);
    }
    expect(platform.requests).toHaveLength(1);
  });
});

describe("the storage of a cold isolate", () => {
  it("is read by every request that finds no document, whoever has left meanwhile", async () => {
    const kept = storageWith(1000);
    const clock = new FakeClock();
    const getItem = async (key: string) => {
      await clock.sleep(150);
      return kept.getItem(key);
    };
    const made = isolate(() => status(503), { storage: { getItem } }, clock);
    const caller = new AbortController();
    const left = made.flagsmith
      .getEnvironmentFlags({ signal: caller.signal })
      .catch((reason) => reason);
    await settle();
    caller.abort("gone");
    expect(await left).toBe("gone");
    const values = Promise.all(Array.from({ length: 20 }, made.value));
    expect(await made.clock.run(values)).toEqual(Array(20).fill("stored"));
    expect(made.platform.requests).toHaveLength(0);
  });

  it("is read by one of the requests that have a waitUntil", async () => {
    const storage = storageWith(1000);
    const { clock, platform, valueFor } = isolate(() => status(503), { storage });
    const values = Promise.all(Array.from({ length: 20 }, () => valueFor(request())));
    expect(await clock.run(values)).toEqual(Array(20).fill("stored"));
    expect([storage.reads.length, platform.requests.length]).toEqual([1, 0]);
  });

  const never = () => new Promise(() => undefined);

  it.each([
    ["takes the document", { getItem: () => null, setItem: never }, 4000],
    ["answers", { getItem: never, setItem: never }, 6000],
  ])("holds an answer up for seconds only when it never %s", async (_name, storage, mostMs) => {
    const { clock, value } = isolate(() => documentAnswer("fresh"), { storage });
    const begunAt = clock.now();
    expect(await clock.run(value())).toBe("fresh");
    expect(clock.now() - begunAt).toBeLessThanOrEqual(mostMs);
  });

  it("from a clock that is a day ahead is served, refreshed and replaced", async () => {
    const storage = storageWith(-24 * 3600 * 1000);
    const { changes, onEnvironmentChange } = recordingChanges();
    const { platform, valueFor } = isolate(() => documentAnswer("fresh"), {
      storage,
      onEnvironmentChange,
    });
    const asking = request();
    expect(await valueFor(asking)).toBe("stored");
    await Promise.all(asking.work);
    expect(await valueFor(request())).toBe("fresh");
    expect(platform.requests).toHaveLength(1);
    expect(storage.writes).toHaveLength(1);
    expect(changes).toHaveLength(2);
  });
});
