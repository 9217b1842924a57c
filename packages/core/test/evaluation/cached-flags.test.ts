import { expect, it } from "vitest";
import type { Flag } from "../../src/flags/flag.ts";
import type { FlagCache, FlagsmithOptions } from "../../src/options/options.ts";
import {
  allowNoUnhandledRejection,
  apiFlag,
  apiUrl,
  catchError,
  client,
  environmentKey,
  fakePlatform,
  json,
  recordingLogger,
  status,
} from "../fake-platform.ts";
import { type CallFlags, countingPlatform, forUser, mapCache } from "./fake-cache.ts";

allowNoUnhandledRejection();

/** The cache key of a call. */
async function readKey(call: CallFlags, options: Partial<FlagsmithOptions> = {}): Promise<string> {
  const cache = mapCache();
  await call(client(countingPlatform(), { ...options, cache }));
  const keys = [...cache.map.keys()];
  expect(keys).toHaveLength(1);
  return String(keys[0]);
}

it("makes one request for the environment and for each identity", async () => {
  const platform = countingPlatform();
  const cache = mapCache();
  const flagsmith = client(platform, { cache });
  const calls: CallFlags[] = [
    (one) => one.getEnvironmentFlags(),
    forUser,
    (one) => one.getIdentityFlags("other"),
  ];
  for (const [index, call] of calls.entries()) {
    for (let times = 0; times < 3; times++) {
      expect((await call(flagsmith)).getFeatureValue("banner")).toBe(index + 1);
    }
  }
  expect(platform.requests).toHaveLength(3);
  expect(cache.map.size).toBe(3);
});

it("returns all details of cached flags, to other clients too", async () => {
  const metadata = { experiment: { id: 5, in_experiment: true } };
  const platform = fakePlatform(() =>
    json({
      flags: [
        apiFlag("banner", { reason: "SPLIT", variant: "red", metadata }),
        apiFlag("bare", { feature: { id: null, name: "bare" }, feature_state_value: null }),
      ],
    }),
  );
  const cache = mapCache();
  const fresh = await forUser(client(platform, { cache }));
  const cached = await forUser(client(platform, { cache }));
  expect(platform.requests).toHaveLength(1);
  expect(cached.allFlags()).toEqual(fresh.allFlags());
  expect(cached.getFlag("banner")).toMatchObject({
    variant: "red",
    isDefault: false,
    experiment: { id: 5, inExperiment: true },
  });
});

it("supports a cache that stores JSON", async () => {
  const platform = countingPlatform();
  const map = new Map<string, string>();
  const cache: FlagCache = {
    get: async (key) => JSON.parse(map.get(key) ?? "null"),
    set: async (key, flags) => void map.set(key, JSON.stringify(flags)),
  };
  const flagsmith = client(platform, { cache });
  const fresh = await forUser(flagsmith);
  const cached = await forUser(flagsmith);
  expect(cached.allFlags()).toEqual(fresh.allFlags());
  expect(platform.requests).toHaveLength(1);
});

it("calls the methods of a cache object", async () => {
  class Store implements FlagCache {
    readonly #map = new Map<string, readonly Flag[]>();
    get(key: string) {
      return this.#map.get(key);
    }
    set(key: string, flags: readonly Flag[]) {
      this.#map.set(key, flags);
    }
  }
  const platform = countingPlatform();
  const flagsmith = client(platform, { cache: new Store() });
  await forUser(flagsmith);
  await forUser(flagsmith);
  expect(platform.requests).toHaveLength(1);
});

it("uses a digest as the key", async () => {
  expect(await readKey(forUser)).toMatch(/^[0-9a-f]{64}$/);
  expect(await readKey((one) => one.getEnvironmentFlags())).toMatch(/^[0-9a-f]{64}$/);
});

it("uses one key for equal calls, whatever the order of traits", async () => {
  const key = await readKey(forUser);
  expect(await readKey(forUser)).toBe(key);
  expect(await readKey((one) => one.getIdentityFlags("user-42", { age: 30, plan: "gold" }))).toBe(
    key,
  );
  const longForm: CallFlags = (one) =>
    one.getIdentityFlags(
      "user-42",
      { age: { value: 30, transient: false }, plan: { value: "gold" } },
      { transient: false },
    );
  expect(await readKey(longForm)).toBe(key);
  expect(await readKey(forUser, { apiUrl: apiUrl.slice(0, -1) })).toBe(key);
});

it("uses different keys for different calls", async () => {
  const traits = { plan: "gold", age: 30 };
  const keys = await Promise.all([
    readKey((one) => one.getEnvironmentFlags()),
    readKey((one) => one.getEnvironmentFlags(), { environmentKey: "other" }),
    readKey((one) => one.getEnvironmentFlags(), { apiUrl: "https://other.example/" }),
    readKey(forUser),
    readKey(forUser, { environmentKey: "other" }),
    readKey(forUser, { apiUrl: "https://other.example/" }),
    readKey((one) => one.getIdentityFlags("user-43", traits)),
    readKey((one) => one.getIdentityFlags("user-42")),
    readKey((one) => one.getIdentityFlags("user-42", { plan: "gold" })),
    readKey((one) => one.getIdentityFlags("user-42", { plan: "free", age: 30 })),
    readKey((one) => one.getIdentityFlags("user-42", { plan: "gold", age: "30" })),
    readKey((one) => one.getIdentityFlags("user-42", { plan: "gold", age: null })),
    readKey((one) => one.getIdentityFlags("user-42", { plan: "30", age: "gold" })),
    readKey((one) =>
      one.getIdentityFlags("user-42", { plan: "gold", age: { value: 30, transient: true } }),
    ),
    readKey((one) => one.getIdentityFlags("user-42", traits, true)),
    readKey((one) => one.getIdentityFlags('user-42",[["plan","gold"', {})),
  ]);
  expect(new Set(keys).size).toBe(keys.length);
});

it("changes to flags before or after the cache have no effect", async () => {
  const platform = countingPlatform();
  const cache = mapCache();
  const flagsmith = client(platform, { cache });
  for (let times = 0; times < 3; times++) {
    const flags = await forUser(flagsmith);
    expect(flags.getFlag("banner")).toMatchObject({ value: 1, enabled: true });
    for (const flag of flags.allFlags() as { value: unknown; enabled: boolean }[]) {
      flag.value = "changed";
      flag.enabled = false;
    }
    expect(flags.allFlags()).toMatchObject([{ value: 1, enabled: true }]);
  }
  const set = (_key: string, flags: readonly Flag[]) => {
    for (const flag of flags) Object.assign(flag, { value: "changed" });
  };
  const fresh = await client(platform, { cache: { ...mapCache(), set } }).getEnvironmentFlags();
  expect(fresh.getFeatureValue("banner")).toBe(2);
});

const broken: Record<string, () => unknown> = {
  throws: () => {
    throw new Error("down");
  },
  rejects: () => Promise.reject(new Error("down")),
  "throws undefined": () => {
    throw undefined;
  },
};

for (const [name, fail] of Object.entries(broken)) {
  it(`requests the flags and warns once if get() ${name}`, async () => {
    const platform = countingPlatform();
    const logger = recordingLogger();
    const flagsmith = client(platform, { cache: { ...mapCache(), get: fail }, logger });
    for (const expected of [1, 2, 3]) {
      expect((await forUser(flagsmith)).getFeatureValue("banner")).toBe(expected);
    }
    expect(logger.warnings).toEqual([expect.stringMatching(/^The cache failed: /)]);
    expect(platform.clock.pending).toBe(0);
  });

  it(`returns the flags and warns once if set() ${name}`, async () => {
    const platform = countingPlatform();
    const logger = recordingLogger();
    const flagsmith = client(platform, { cache: { ...mapCache(), set: fail }, logger });
    for (const expected of [1, 2, 3]) {
      expect((await forUser(flagsmith)).getFeatureValue("banner")).toBe(expected);
    }
    expect(logger.warnings).toHaveLength(1);
    expect(platform.clock.pending).toBe(0);
  });
}

it.each([
  undefined,
  null,
  "flags",
  42,
  {},
  [{}],
  [{ featureName: "banner", enabled: true }],
  [{ featureName: "banner", enabled: true, value: "x", isDefault: true, variant: null }],
])("invalid cached flags count as a miss (%#)", async (garbage) => {
  const platform = countingPlatform();
  const logger = recordingLogger();
  const cache = { ...mapCache(), get: () => garbage };
  const flags = await forUser(client(platform, { cache, logger }));
  expect(flags.getFeatureValue("banner")).toBe(1);
  // A cache without an entry returns undefined or null.
  const isMissing = garbage === undefined || garbage === null;
  expect(logger.warnings).toHaveLength(isMissing ? 0 : 1);
});

it.each([
  ["a failed request", () => status(500)],
  ["an invalid response", () => json({ hello: 1 })],
])("caches neither %s nor the default flags that replace it", async (_name, answer) => {
  const cache = mapCache();
  const options = { cache, retries: 0 };
  await catchError(forUser(client(fakePlatform(answer), options)));
  const withDefaults = { ...options, defaultFlagHandler: () => ({ enabled: true }) };
  const flags = await forUser(client(fakePlatform(answer), withDefaults));
  expect(flags.getFlag("banner").isDefault).toBe(true);
  expect(cache.map.size).toBe(0);
});

it("rejects an invalid trait before it calls the cache", async () => {
  const keys: string[] = [];
  const cache = { get: (key: string) => void keys.push(key), set: () => undefined };
  const platform = countingPlatform();
  const error = await catchError(
    client(platform, { cache, strictTraits: true }).getIdentityFlags("user", { age: Number.NaN }),
  );
  expect(error.code).toBe("INVALID_TRAIT");
  expect(keys).toEqual([]);
  expect(platform.requests).toEqual([]);
});

it("does not use the flags of another environment", async () => {
  expect(environmentKey).not.toBe("other");
  const platform = countingPlatform();
  const cache = mapCache();
  await forUser(client(platform, { cache }));
  const flags = await forUser(client(platform, { cache, environmentKey: "other" }));
  expect(flags.getFeatureValue("banner")).toBe(2);
});
