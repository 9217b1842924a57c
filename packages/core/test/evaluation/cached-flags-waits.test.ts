import { expect, it } from "vitest";
import {
  allowNoUnhandledRejection,
  client,
  countedSignal,
  fakePlatform,
  hang,
  recordingLogger,
  status,
  until,
} from "../fake-platform.ts";
import { countingPlatform, forUser, mapCache } from "./fake-cache.ts";

allowNoUnhandledRejection();

const never = () => new Promise(() => undefined);

it("requests the flags and warns if get() hangs for a second", async () => {
  const platform = countingPlatform();
  const logger = recordingLogger();
  const call = forUser(client(platform, { cache: { ...mapCache(), get: never }, logger }));
  await until(() => platform.clock.pending === 1);
  await platform.clock.advance(999);
  expect(platform.requests).toHaveLength(0);
  await platform.clock.advance(1);
  expect((await call).getFeatureValue("banner")).toBe(1);
  expect(platform.requests.map(({ at }) => at)).toEqual([1000]);
  expect(logger.warnings).toHaveLength(1);
  expect(platform.clock.pending).toBe(0);
});

it("returns the flags if set() hangs for a second", async () => {
  const platform = countingPlatform();
  let isSetting = false;
  const set = () => {
    isSetting = true;
    return never();
  };
  let isDone = false;
  const call = forUser(client(platform, { cache: { ...mapCache(), set } })).then((flags) => {
    isDone = true;
    return flags;
  });
  await until(() => isSetting);
  await platform.clock.advance(999);
  expect(isDone).toBe(false);
  await platform.clock.advance(1);
  expect((await call).getFeatureValue("banner")).toBe(1);
  expect(platform.clock.pending).toBe(0);
});

it("get() leaves half of a short deadline to the API", async () => {
  const platform = countingPlatform();
  const cache = { ...mapCache(), get: never };
  const call = forUser(client(platform, { cache, requestDeadlineSeconds: 0.4 }));
  await until(() => platform.clock.pending === 1);
  await platform.clock.advance(200);
  expect((await call).getFeatureValue("banner")).toBe(1);
  expect(platform.requests.map(({ at }) => at)).toEqual([200]);
});

it("set() cannot exceed the call's deadline", async () => {
  const platform = countingPlatform();
  const startedAt = platform.clock.now();
  const cache = { ...mapCache(), set: never };
  const call = forUser(client(platform, { cache, requestDeadlineSeconds: 0.4 }));
  expect((await platform.clock.run(call)).getFeatureValue("banner")).toBe(1);
  expect(platform.clock.now() - startedAt).toBeLessThanOrEqual(400);
});

it.each([
  [20, 1000],
  [0.4, 200],
])("a cache that hangs is left alone for 10 s (deadline: %d s)", async (seconds, waitMs) => {
  const platform = countingPlatform();
  const times: number[] = [];
  const startedAt = platform.clock.now();
  const access = () => {
    times.push(platform.clock.now() - startedAt);
    return never();
  };
  const cache = { get: access, set: access };
  const flagsmith = client(platform, { cache, requestDeadlineSeconds: seconds });
  for (let calls = 0; calls < 3; calls++) await platform.clock.run(forUser(flagsmith));
  await platform.clock.advance(9999);
  await platform.clock.run(forUser(flagsmith));
  expect(times).toEqual([0]);
  await platform.clock.advance(1);
  await platform.clock.run(forUser(flagsmith));
  expect(times).toEqual([0, 10_000 + waitMs]);
  expect(platform.requests.map(({ at }) => at - waitMs)).toEqual([
    ...[0, 0, 0],
    ...[9999, 10_000 + waitMs],
  ]);
});

it("a request with a waitUntil does not wait for set()", async () => {
  const work: Promise<unknown>[] = [];
  const waitUntil = (promise: Promise<unknown>) => void work.push(promise);
  let finish = () => {};
  const set = () => new Promise<void>((resolve) => (finish = resolve));
  const flagsmith = client(countingPlatform(), { cache: { ...mapCache(), set } });
  const flags = await flagsmith.forRequest({ waitUntil }).getEnvironmentFlags();
  expect(flags.getFeatureValue("banner")).toBe(1);
  expect(work).toHaveLength(1);
  finish();
  await Promise.all(work);
});

it("a cache that needs less than its limit is not left alone", async () => {
  const platform = countingPlatform();
  let reads = 0;
  const get = () => {
    reads++;
    return platform.clock.sleep(800);
  };
  const flagsmith = client(platform, { cache: { ...mapCache(), get } });
  for (let calls = 0; calls < 3; calls++) await platform.clock.run(forUser(flagsmith));
  expect(reads).toBe(3);
});

it("a write that gets little time from a slow API does not pause the cache", async () => {
  const platform = countingPlatform();
  const { fetch } = platform;
  const slowPlatform = {
    ...platform,
    fetch: async (...request: Parameters<typeof fetch>) => {
      await platform.clock.sleep(380);
      return fetch(...request);
    },
  };
  let reads = 0;
  const cache = { get: () => void reads++, set: never };
  const flagsmith = client(slowPlatform, { cache, requestDeadlineSeconds: 0.4 });
  for (let calls = 0; calls < 3; calls++) await platform.clock.run(forUser(flagsmith));
  expect(reads).toBe(3);
});

it("an abort ends the wait for get(), without a warning", async () => {
  const platform = countingPlatform();
  const logger = recordingLogger();
  const { controller, signal, listeners } = countedSignal();
  const reason = new Error("the user left");
  const cache = { ...mapCache(), get: never };
  const call = client(platform, { cache, logger }).getEnvironmentFlags({ signal });
  const outcome = expect(call).rejects.toBe(reason);
  await until(() => platform.clock.pending === 1);
  controller.abort(reason);
  await outcome;
  expect(platform.requests).toEqual([]);
  expect(logger.warnings).toEqual([]);
  expect(platform.clock.pending).toBe(0);
  expect(listeners.size).toBe(0);
});

it("an abort during get() rejects the call although the circuit is open", async () => {
  const platform = fakePlatform(() => status(503));
  const { controller, signal } = countedSignal();
  const reason = new Error("the user left");
  const defaultFlagHandler = () => ({ enabled: false });
  let hangs = false;
  const cache = { ...mapCache(), get: () => (hangs ? never() : undefined) };
  const flagsmith = client(platform, { cache, defaultFlagHandler, retries: 0 });
  for (let calls = 0; calls < 5; calls++) await flagsmith.getEnvironmentFlags();
  expect(flagsmith.status().circuit).toBe("open");
  hangs = true;
  const call = flagsmith.getEnvironmentFlags({ signal });
  const outcome = expect(call).rejects.toBe(reason);
  await until(() => platform.clock.pending === 1);
  controller.abort(reason);
  await outcome;
});

it("an abort before get() rejects the call", async () => {
  const platform = countingPlatform();
  const { controller, signal } = countedSignal();
  const reason = new Error("the user left");
  const cache = { ...mapCache(), get: never };
  const call = client(platform, { cache }).getEnvironmentFlags({ signal });
  controller.abort(reason);
  await expect(call).rejects.toBe(reason);
  expect(platform.clock.pending).toBe(0);
});

it("an abort ends a request after a cache miss", async () => {
  const platform = fakePlatform(hang);
  const { controller, signal, listeners } = countedSignal();
  const reason = new Error("the user left");
  const cache = mapCache();
  const call = client(platform, { cache }).getEnvironmentFlags({ signal });
  const outcome = expect(call).rejects.toBe(reason);
  await until(() => platform.requests.length === 1);
  controller.abort(reason);
  await outcome;
  expect(cache.map.size).toBe(0);
  expect(platform.clock.pending).toBe(0);
  expect(listeners.size).toBeLessThanOrEqual(1);
});
