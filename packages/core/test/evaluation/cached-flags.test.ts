import { expect, it } from "vitest";
import type { Flag } from "../../src/flags/flag.ts";
import type { Flagsmith } from "../../src/flagsmith.ts";
import type { FlagCache, FlagsmithOptions } from "../../src/options/options.ts";
import {
  allowNoUnhandledRejection,
  apiFlag,
  apiUrl,
  client,
  countedSignal,
  environmentKey,
  failureOf,
  fakePlatform,
  hang,
  json,
  recordingLogger,
  status,
  until,
} from "../fake-platform.ts";

allowNoUnhandledRejection();

/** Answers with the number of the request as the flag's value. */
function countingPlatform() {
  return fakePlatform(({ method }, count) => {
    const flags = [apiFlag("banner", { feature_state_value: count })];
    return json(method === "POST" ? { flags } : flags);
  });
}

function mapCache() {
  const map = new Map<string, unknown>();
  return {
    map,
    get: (key: string) => map.get(key),
    set: (key: string, flags: unknown) => void map.set(key, flags),
  };
}

type Ask = (flagsmith: Flagsmith) => ReturnType<Flagsmith["getEnvironmentFlags"]>;

/** The one key under which a call is kept. */
async function keyOf(ask: Ask, options: Partial<FlagsmithOptions> = {}): Promise<string> {
  const cache = mapCache();
  await ask(client(countingPlatform(), { ...options, cache }));
  const keys = [...cache.map.keys()];
  expect(keys).toHaveLength(1);
  return String(keys[0]);
}

const forUser: Ask = (flagsmith) =>
  flagsmith.getIdentityFlags("user-42", { plan: "gold", age: 30 });

it("asks the API once, then the cache, for the environment and for each identity", async () => {
  const platform = countingPlatform();
  const cache = mapCache();
  const flagsmith = client(platform, { cache });
  const asks: Ask[] = [
    (one) => one.getEnvironmentFlags(),
    forUser,
    (one) => one.getIdentityFlags("other"),
  ];
  for (const [index, ask] of asks.entries()) {
    for (let times = 0; times < 3; times++) {
      expect((await ask(flagsmith)).getFeatureValue("banner")).toBe(index + 1);
    }
  }
  expect(platform.requests).toHaveLength(3);
  expect(cache.map.size).toBe(3);
});

it("gives a cached flag as it was, and shares the cache between clients", async () => {
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

it("lives with a cache that keeps JSON", async () => {
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

it("calls the cache as an object with its own state", async () => {
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

it("keeps flags under a digest: no key, identifier or trait in clear", async () => {
  expect(await keyOf(forUser)).toMatch(/^[0-9a-f]{64}$/);
  expect(await keyOf((one) => one.getEnvironmentFlags())).toMatch(/^[0-9a-f]{64}$/);
});

it("keeps the same call under the same key, the traits in any order", async () => {
  const key = await keyOf(forUser);
  expect(await keyOf(forUser)).toBe(key);
  expect(await keyOf((one) => one.getIdentityFlags("user-42", { age: 30, plan: "gold" }))).toBe(
    key,
  );
  const spelt: Ask = (one) =>
    one.getIdentityFlags(
      "user-42",
      { age: { value: 30, transient: false }, plan: { value: "gold" } },
      { transient: false },
    );
  expect(await keyOf(spelt)).toBe(key);
  expect(await keyOf(forUser, { apiUrl: apiUrl.slice(0, -1) })).toBe(key);
});

it("keeps different calls under different keys", async () => {
  const traits = { plan: "gold", age: 30 };
  const keys = await Promise.all([
    keyOf((one) => one.getEnvironmentFlags()),
    keyOf((one) => one.getEnvironmentFlags(), { environmentKey: "other" }),
    keyOf((one) => one.getEnvironmentFlags(), { apiUrl: "https://other.example/" }),
    keyOf(forUser),
    keyOf(forUser, { environmentKey: "other" }),
    keyOf(forUser, { apiUrl: "https://other.example/" }),
    keyOf((one) => one.getIdentityFlags("user-43", traits)),
    keyOf((one) => one.getIdentityFlags("user-42")),
    keyOf((one) => one.getIdentityFlags("user-42", { plan: "gold" })),
    keyOf((one) => one.getIdentityFlags("user-42", { plan: "free", age: 30 })),
    keyOf((one) => one.getIdentityFlags("user-42", { plan: "gold", age: "30" })),
    keyOf((one) => one.getIdentityFlags("user-42", { plan: "gold", age: null })),
    keyOf((one) => one.getIdentityFlags("user-42", { plan: "30", age: "gold" })),
    keyOf((one) =>
      one.getIdentityFlags("user-42", { plan: "gold", age: { value: 30, transient: true } }),
    ),
    keyOf((one) => one.getIdentityFlags("user-42", traits, true)),
    keyOf((one) => one.getIdentityFlags('user-42",[["plan","gold"', {})),
  ]);
  expect(new Set(keys).size).toBe(keys.length);
});

it("is not harmed by a change to flags that came from it, or went into it", async () => {
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
  "throws nothing in particular": () => {
    throw undefined;
  },
};

for (const [name, fail] of Object.entries(broken)) {
  it(`asks the API, warning once, when a cache's get ${name}`, async () => {
    const platform = countingPlatform();
    const logger = recordingLogger();
    const flagsmith = client(platform, { cache: { ...mapCache(), get: fail }, logger });
    for (const expected of [1, 2, 3]) {
      expect((await forUser(flagsmith)).getFeatureValue("banner")).toBe(expected);
    }
    expect(logger.warnings).toEqual([expect.stringMatching(/^The cache failed: /)]);
    expect(platform.clock.pending).toBe(0);
  });

  it(`answers all the same, warning once, when a cache's set ${name}`, async () => {
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

const never = () => new Promise(() => undefined);

it("waits a second for a get that hangs, then asks the API, and says so", async () => {
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

it("waits a second for a set that hangs, then answers", async () => {
  const platform = countingPlatform();
  let isSetting = false;
  const set = () => {
    isSetting = true;
    return never();
  };
  let isAnswered = false;
  const call = forUser(client(platform, { cache: { ...mapCache(), set } })).then((flags) => {
    isAnswered = true;
    return flags;
  });
  await until(() => isSetting);
  await platform.clock.advance(999);
  expect(isAnswered).toBe(false);
  await platform.clock.advance(1);
  expect((await call).getFeatureValue("banner")).toBe(1);
  expect(platform.clock.pending).toBe(0);
});

it("waits for a get that hangs no longer than the call's deadline, and fails then", async () => {
  const platform = countingPlatform();
  const startedAt = platform.clock.now();
  const cache = { ...mapCache(), get: never };
  const call = forUser(client(platform, { cache, requestDeadlineSeconds: 0.4 }));
  const failed = failureOf(call);
  await until(() => platform.clock.pending === 1);
  await platform.clock.advance(400);
  await platform.clock.advance(0);
  expect((await failed).code).toBe("API_TIMEOUT");
  expect(platform.requests).toEqual([]);
  expect(platform.clock.now() - startedAt).toBe(400);
});

it.each([
  undefined,
  null,
  "flags",
  42,
  {},
  [{}],
  [{ featureName: "banner", enabled: true }],
  [{ featureName: "banner", enabled: true, value: "x", isDefault: true, variant: null }],
])("takes what a cache makes up for a miss (%#)", async (garbage) => {
  const platform = countingPlatform();
  const logger = recordingLogger();
  const cache = { ...mapCache(), get: () => garbage };
  const flags = await forUser(client(platform, { cache, logger }));
  expect(flags.getFeatureValue("banner")).toBe(1);
  expect(logger.warnings).toEqual([]);
});

it.each([
  ["a failed request", () => status(500)],
  ["an invalid answer", () => json({ hello: 1 })],
])("does not keep %s, nor the default flags that stand in", async (_name, answer) => {
  const cache = mapCache();
  const options = { cache, retries: 0 };
  await failureOf(forUser(client(fakePlatform(answer), options)));
  const withDefaults = { ...options, defaultFlagHandler: () => ({ enabled: true }) };
  const flags = await forUser(client(fakePlatform(answer), withDefaults));
  expect(flags.getFlag("banner").isDefault).toBe(true);
  expect(cache.map.size).toBe(0);
});

it("refuses a bad trait before it asks the cache", async () => {
  const asked: string[] = [];
  const cache = { get: (key: string) => void asked.push(key), set: () => undefined };
  const platform = countingPlatform();
  const error = await failureOf(
    client(platform, { cache }).getIdentityFlags("user", { age: 2 ** 31 }),
  );
  expect(error.code).toBe("INVALID_TRAIT");
  expect(asked).toEqual([]);
  expect(platform.requests).toEqual([]);
});

it("lets the caller's abort end the wait for a get that hangs, without a warning", async () => {
  const platform = countingPlatform();
  const logger = recordingLogger();
  const { controller, signal, listeners } = countedSignal();
  const reason = new Error("the user has gone");
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

it("lets an abort that comes before the cache is asked end the call at once", async () => {
  const platform = countingPlatform();
  const { controller, signal } = countedSignal();
  const reason = new Error("the user has gone");
  const cache = { ...mapCache(), get: never };
  const call = client(platform, { cache }).getEnvironmentFlags({ signal });
  controller.abort(reason);
  await expect(call).rejects.toBe(reason);
  expect(platform.clock.pending).toBe(0);
});

it("lets the caller's abort end a request behind the cache", async () => {
  const platform = fakePlatform(hang);
  const { controller, signal, listeners } = countedSignal();
  const reason = new Error("the user has gone");
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

it("uses no key of another environment", async () => {
  expect(environmentKey).not.toBe("other");
  const platform = countingPlatform();
  const cache = mapCache();
  await forUser(client(platform, { cache }));
  const flags = await forUser(client(platform, { cache, environmentKey: "other" }));
  expect(flags.getFeatureValue("banner")).toBe(2);
});
