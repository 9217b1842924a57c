import { afterEach, expect, it, vi } from "vitest";
import { memoryCache } from "../../src/evaluation/memory-cache.ts";
import { apiFlag, client, fakePlatform, json, recordingLogger } from "../fake-platform.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("answers a repeated call of a client without a request", async () => {
  const platform = fakePlatform(() => json([apiFlag("banner")]));
  const flagsmith = client(platform, { cache: memoryCache() });
  await flagsmith.getEnvironmentFlags();
  expect((await flagsmith.getEnvironmentFlags()).source).toBe("cache");
  expect(platform.requests).toHaveLength(1);
});

it.each([
  [{ ttlSeconds: 10 }, 10_000],
  [{ ttlSeconds: 0.5 }, 500],
  [undefined, 60_000],
])("with %o, an entry expires after %d ms", (options, ttlMs) => {
  vi.useFakeTimers();
  const cache = memoryCache(options);
  cache.set("a", []);
  vi.advanceTimersByTime(ttlMs - 1);
  expect(cache.get("a")).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(cache.get("a")).toBeUndefined();
});

it("drops the entry that was not used for the longest time", () => {
  const cache = memoryCache({ maxEntries: 2 });
  cache.set("a", []);
  cache.set("b", []);
  cache.get("a");
  cache.set("c", []);
  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([[], undefined, []]);
  cache.set("a", []);
  cache.set("d", []);
  expect([cache.get("a"), cache.get("c"), cache.get("d")]).toEqual([[], undefined, []]);
});

it("keeps 1,000 entries by default", () => {
  const cache = memoryCache();
  for (let count = 0; count <= 1000; count++) cache.set(`${count}`, []);
  expect([cache.get("0"), cache.get("1")]).toEqual([undefined, []]);
});

it.each([{ maxEntries: 0 }, { ttlSeconds: -1 }, { ttlSeconds: Number.NaN }])(
  "rejects %o",
  (options) => {
    expect(() => memoryCache(options)).toThrow("must be a number that is greater than 0");
  },
);

it("a cache that returns the wrong shape is ignored, with one warning", async () => {
  const logger = recordingLogger();
  const platform = fakePlatform(() => json([apiFlag("banner")]));
  const cache = { get: () => ({ flags: [] }), set: () => undefined };
  const flagsmith = client(platform, { cache, logger });
  for (const _call of [1, 2, 3]) await flagsmith.getEnvironmentFlags();
  expect(platform.requests).toHaveLength(3);
  expect(logger.warnings).toEqual([
    "cache.get did not return the list of flags that cache.set stored. Ignoring it.",
  ]);
});

it.each([undefined, null])(
  "a cache that returns %s has no entry, without a warning",
  async (none) => {
    const logger = recordingLogger();
    const cache = { get: () => none, set: () => undefined };
    await client(
      fakePlatform(() => json([])),
      { cache, logger },
    ).getEnvironmentFlags();
    expect(logger.warnings).toEqual([]);
  },
);
