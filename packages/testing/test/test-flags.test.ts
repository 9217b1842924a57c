import { Flagsmith } from "@flagsmith-isomorphic/core";
import { afterEach, expect, it, vi } from "vitest";
import { createFlagsmithApi, testFlags } from "../src/index.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("returns the flags of a test, and those of an identity", async () => {
  const flagsmith = testFlags(
    { dark_mode: true, off: false, max_items: 20, none: null },
    { identities: { alice: { max_items: 50, only_alice: "yes" } } },
  );
  expect(flagsmith).toBeInstanceOf(Flagsmith);
  const flags = await flagsmith.getEnvironmentFlags();
  expect(flags.isFeatureEnabled("dark_mode")).toBe(true);
  expect(flags.isFeatureEnabled("off")).toBe(false);
  expect(flags.getFlag("none")).toMatchObject({ enabled: true, value: null, isDefault: false });
  expect(flags.getNumber("max_items", 1)).toBe(20);
  expect(flags.isFeatureEnabled("only_alice")).toBe(false);
  expect(flags.allFlags()).toHaveLength(5);
  const alice = await flagsmith.getIdentityFlags("alice");
  expect(alice.getNumber("max_items", 1)).toBe(50);
  expect(alice.getString("only_alice", "no")).toBe("yes");
  expect(
    (await flagsmith.getIdentityFlags("bob", { plan: "gold" })).getNumber("max_items", 1),
  ).toBe(20);
});

it("accepts JSON, numbers, and a state with a value, as Flagsmith stores them", async () => {
  const flagsmith = testFlags({
    banner: { title: "Sale" },
    list: [1],
    max: { enabled: false, value: 7 },
    off: { enabled: false },
    theme: { enabled: false, color: "red" },
    limits: { enabled: "yes" },
    rate: 0.5,
    id: { enabled: true, value: 2 ** 31 },
    least: -(2 ** 31),
  });
  const flags = await flagsmith.getEnvironmentFlags();
  expect(flags.getFeatureValue("banner")).toBe('{"title":"Sale"}');
  expect(flags.getJson("list", null)).toEqual([1]);
  expect(flags.getFlag("max")).toMatchObject({ enabled: false, value: 7 });
  expect(flags.getFlag("off")).toMatchObject({ enabled: false, value: null });
  const theme = { enabled: true, value: '{"enabled":false,"color":"red"}' };
  expect(flags.getFlag("theme")).toMatchObject(theme);
  expect(flags.getFlag("limits")).toMatchObject({ enabled: true, value: '{"enabled":"yes"}' });
  const numbers = ["rate", "id", "least"];
  expect(numbers.map((name) => flags.getFeatureValue(name))).toEqual([
    "0.5",
    "2147483648",
    -2147483648,
  ]);
  expect(numbers.map((name) => flags.getNumber(name, 1))).toEqual([0.5, 2 ** 31, -(2 ** 31)]);
});

it("accepts an object of an interface, which has no index signature", async () => {
  interface Banner {
    readonly title: string;
    readonly subtitle?: string | undefined;
  }
  const banner: Banner = { title: "Sale" };
  const flagsmith = testFlags({ banner });
  flagsmith.set("banners", [banner]);
  const flags = await flagsmith.getEnvironmentFlags();
  expect(flags.getJson("banner", null)).toEqual({ title: "Sale" });
  expect(flags.getJson("banners", null)).toEqual([{ title: "Sale" }]);
});

it("accepts undefined for everything that is optional", async () => {
  const options = { identities: undefined, defaultFlagHandler: undefined };
  const flagsmith = testFlags({ a: { enabled: true, value: undefined } }, options);
  const flags = await flagsmith.getEnvironmentFlags();
  expect(flags.getFlag("a")).toMatchObject({ enabled: true, value: null });
});

it("set changes a flag for later calls, in every way to ask", async () => {
  const flagsmith = testFlags({ max_items: 20 });
  const before = await flagsmith.getIdentityFlags("alice");
  const scope = flagsmith.forRequest();
  flagsmith.set("max_items", 30);
  flagsmith.set("max_items", 60, "alice");
  flagsmith.set("fresh", true);
  expect(before.getNumber("max_items", 1)).toBe(20);
  expect((await flagsmith.getIdentityFlags("alice")).getNumber("max_items", 1)).toBe(60);
  expect((await scope.getIdentityFlags("bob")).getNumber("max_items", 1)).toBe(30);
  expect(flagsmith.currentSnapshot()?.identityFlags("alice").getNumber("max_items", 1)).toBe(60);
  expect((await flagsmith.getSnapshot()).environmentFlags().isFeatureEnabled("fresh")).toBe(true);
});

it("evaluations lists what was read", async () => {
  const flagsmith = testFlags({ max_items: 20 });
  const flags = await flagsmith.getIdentityFlags("alice");
  expect(flagsmith.evaluations()).toEqual([]);
  flags.getNumber("max_items", 1);
  flags.isFeatureEnabled("unknown");
  expect(flagsmith.evaluations()).toMatchObject([
    { featureName: "max_items", value: 20, identifier: "alice", source: "offline" },
    { featureName: "unknown", enabled: false, identifier: "alice", source: "default" },
  ]);
});

it("writes no log message, sends no request, and works with fake timers", async () => {
  vi.useFakeTimers();
  const spies = [
    ...(["log", "info", "warn", "error", "debug"] as const).map((level) =>
      vi.spyOn(console, level),
    ),
    vi.spyOn(globalThis, "fetch"),
  ];
  const flagsmith = testFlags({ max_items: "x" });
  await flagsmith.ready();
  const flags = await flagsmith.getIdentityFlags("alice");
  expect(flags.getNumber("max_items", 1)).toBe(1);
  expect(flags.isFeatureEnabled("unknown")).toBe(false);
  await flagsmith.updateEnvironment();
  await flagsmith.flush();
  await flagsmith.close();
  expect(vi.getTimerCount()).toBe(0);
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
});

it("uses a defaultFlagHandler for features that are not set", async () => {
  const flagsmith = testFlags(
    {},
    { defaultFlagHandler: (name) => ({ enabled: true, value: name }) },
  );
  expect((await flagsmith.getEnvironmentFlags()).getString("a", "")).toBe("a");
  expect((await testFlags().getEnvironmentFlags()).allFlags()).toEqual([]);
});

it("accepts features and identities with the names of members of objects", async () => {
  const names = ["constructor", "__proto__", "toString"];
  const flagsmith = testFlags();
  for (const name of names) flagsmith.set(name, name, name);
  for (const name of names) {
    expect((await flagsmith.getIdentityFlags(name)).getString(name, "?")).toBe(name);
  }
});

it("createFlagsmithApi works without arguments", async () => {
  const api = createFlagsmithApi();
  const headers = { "X-Environment-Key": api.environmentKey };
  const response = await api.fetch("https://flagsmith.test/api/v1/flags/", { headers });
  expect(await response.json()).toEqual([]);
  api.updateDocument((document) => {
    document.feature_states.push({
      feature: { id: 1, name: "dark_mode" },
      enabled: true,
      feature_state_value: null,
    });
  });
  const changed = await api.fetch("https://flagsmith.test/api/v1/flags/", { headers });
  expect(await changed.json()).toMatchObject([{ feature: { name: "dark_mode" }, enabled: true }]);
});
