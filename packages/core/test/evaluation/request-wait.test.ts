import { describe, expect, it } from "vitest";
import { createIsolate } from "../environment/fake-isolate.ts";
import { documentResponse, memoryStorage, storedRecord } from "../fake-environment.ts";
import { allowNoUnhandledRejection, fixedRandom, hang, settle, status } from "../fake-platform.ts";

allowNoUnhandledRejection();
fixedRandom();

const minute = 60_000;

/** An isolate without `waitUntil`, whose API takes 300 ms and whose document is due. */
async function createDueIsolate() {
  const isolate = createIsolate(async (_request, count) => {
    await isolate.clock.sleep(300);
    return documentResponse(count);
  });
  await isolate.clock.run(isolate.value());
  await isolate.clock.advance(minute);
  const request = isolate.flagsmith.forRequest();
  const read = async (signal?: AbortSignal) =>
    (await request.getEnvironmentFlags({ signal })).getFeatureValue("banner");
  return { ...isolate, read };
}

describe("calls of one request", () => {
  it("wait together for the same refresh", async () => {
    const { clock, platform, read } = await createDueIsolate();
    const startedAt = clock.now();
    const first = read();
    await clock.advance(100);
    const second = read();
    expect(await clock.run(Promise.all([first, second]))).toEqual([2, 2]);
    expect(clock.now() - startedAt).toBe(300);
    expect(platform.requests).toHaveLength(2);
  });

  it("do not wait again after a refresh that timed out", async () => {
    const { clock, flagsmith, value } = createIsolate((request, count) =>
      count === 1 ? documentResponse(1) : hang(request),
    );
    await value();
    await clock.advance(minute);
    const request = flagsmith.forRequest();
    const startedAt = clock.now();
    await clock.run(Promise.all([request.getEnvironmentFlags(), request.getIdentityFlags("a")]));
    await request.getEnvironmentFlags();
    expect(clock.now() - startedAt).toBe(1000);
  });

  it("do not pin a version in memory while one of them waits for the storage", async () => {
    const storage = memoryStorage();
    const getItem = async (key: string) => {
      await clock.sleep(200);
      return storage.getItem(key);
    };
    const { clock, flagsmith, value } = createIsolate(() => documentResponse("old"), {
      storage: { getItem },
    });
    await clock.run(value());
    await clock.advance(30_000);
    for (const [key] of storage.map) storage.map.delete(key);
    storage.getItem = async () => storedRecord({ fetchedAt: clock.now() });
    const request = flagsmith.forRequest();
    const calls = [request.getEnvironmentFlags(), request.getEnvironmentFlags()];
    const values = (await clock.run(Promise.all(calls))).map((flags) =>
      flags.getFeatureValue("banner"),
    );
    expect(values).toEqual(["stored", "stored"]);
  });

  it("are aborted only by their own signals", async () => {
    const { clock, read } = await createDueIsolate();
    const controller = new AbortController();
    const first = read(controller.signal).catch((reason) => reason);
    const second = read(new AbortController().signal);
    await settle();
    controller.abort("enough");
    expect(await first).toBe("enough");
    expect(await clock.run(second)).toBe(2);
  });

  it("fail together, and start a load again after the backoff", async () => {
    const { clock, flagsmith, platform } = createIsolate((_request, count) =>
      count === 1 ? status(500) : documentResponse(count),
    );
    const request = flagsmith.forRequest();
    const calls = [request.getEnvironmentFlags(), request.getEnvironmentFlags()];
    const results = await Promise.allSettled(calls);
    expect(results.map((result) => result.status)).toEqual(["rejected", "rejected"]);
    expect(platform.requests).toHaveLength(1);
    await clock.advance(1000);
    expect((await request.getEnvironmentFlags()).getFeatureValue("banner")).toBe(2);
  });
});
