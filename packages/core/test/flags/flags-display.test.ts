import assert from "node:assert";
import { inspect } from "node:util";
import { expect, it, vi } from "vitest";
import type { Flags } from "../../src/flags/flags.ts";
import { environmentDocument } from "../fake-environment.ts";
import { apiFlag, client, fakePlatform, json, localClient } from "../fake-platform.ts";

async function remoteFlags(...list: object[]): Promise<Flags> {
  return client(fakePlatform(() => json(list))).getEnvironmentFlags();
}

async function localFlags(value: unknown, onFlagEvaluated = () => {}): Promise<Flags> {
  const platform = fakePlatform(() => json(environmentDocument(value)));
  const flagsmith = localClient(platform, { onFlagEvaluated });
  const flags = await flagsmith.getIdentityFlags("user");
  await flagsmith.close();
  return flags;
}

it("console.log shows names, states and values", async () => {
  const list = [apiFlag("banner"), apiFlag("off", { enabled: false, feature_state_value: 7 })];
  const flags = await remoteFlags(...list);
  const expected =
    "Flags {\n  banner: { enabled: true, value: 'on' },\n  off: { enabled: false, value: 7 }\n}";
  expect(inspect(flags)).toBe(expected);
  expect(inspect({ flags: await localFlags("api") })).toBe(
    "{ flags: Flags { banner: { enabled: true, value: 'api' } } }",
  );
});

it("console.log without an inspector shows a plain object", async () => {
  const flags = await remoteFlags(apiFlag("banner"));
  const format = Reflect.get(flags, Symbol.for("nodejs.util.inspect.custom"));
  expect(format.call(flags)).toEqual({ banner: { enabled: true, value: "on" } });
});

const different: readonly [string, () => Promise<readonly [Flags, Flags]>][] = [
  ["a value", async () => [await localFlags("a"), await localFlags("b")]],
  [
    "a state",
    async () => [
      await remoteFlags(apiFlag("a")),
      await remoteFlags(apiFlag("a", { enabled: false })),
    ],
  ],
  ["a name", async () => [await remoteFlags(apiFlag("a")), await remoteFlags(apiFlag("b"))]],
  ["the number of flags", async () => [await remoteFlags(apiFlag("a")), await remoteFlags()]],
  [
    "a feature with the name of a member of objects",
    async () => [await remoteFlags(apiFlag("__proto__")), await remoteFlags(apiFlag("toString"))],
  ],
];

it.each(different)("flags that differ in %s are not equal", async (_name, create) => {
  const [a, b] = await create();
  expect(a).not.toEqual(b);
  expect(a).not.toStrictEqual(b);
  assert.notDeepStrictEqual(a, b);
  assert.notDeepEqual(a, b);
  expect(() => expect(a).toEqual(b)).toThrow(/toEqual|equal/);
  expect(() => assert.deepStrictEqual(a, b)).toThrow(assert.AssertionError);
});

it.each([undefined, () => {}])("a failed assertion prints no environment", async (observe) => {
  const create = async (value: string) => {
    const platform = fakePlatform(() => json(environmentDocument(value)));
    const flagsmith = localClient(platform, { onFlagEvaluated: observe });
    const flags = await flagsmith.getIdentityFlags("user");
    await flagsmith.close();
    return flags;
  };
  const [actual, expected] = [await create("a"), await create("b")];
  const { message } = new assert.AssertionError({ actual, expected, operator: "deepStrictEqual" });
  expect(message).toContain("Flags {");
  expect(message).not.toMatch(/tables|segment|reason/);
});

it.each([
  ["local", () => localFlags("a")],
  ["remote", () => remoteFlags(apiFlag("a"), apiFlag("__proto__"), apiFlag("constructor"))],
  ["empty", () => remoteFlags()],
])("equal %s flags of two calls are equal", async (_name, create) => {
  const [a, b] = [await create(), await create()];
  expect(a).toEqual(b);
  expect(a).toStrictEqual(b);
  assert.deepStrictEqual(a, b);
  expect({ list: [a] }).toEqual({ list: [b] });
});

it("a failed assertion prints flags instead of cloning them", async () => {
  const spy = vi.fn();
  const flags = await localFlags("a");
  spy({ flags });
  expect(() => expect(spy).toHaveBeenCalledWith({ flags: flags.allFlags() })).toThrow("banner");
});

it("comparing and printing flags is not observed", async () => {
  let count = 0;
  const flags = await localFlags("a", () => ++count);
  expect(flags).toEqual(await localFlags("a"));
  inspect(flags);
  expect(count).toBe(0);
});

it("structuredClone and postMessage name toJSON", async () => {
  const flags = await remoteFlags(apiFlag("banner"));
  expect(() => structuredClone(flags)).toThrow("pass flags.toJSON()");
  expect(() => structuredClone({ nested: [flags] })).toThrow("pass flags.toJSON()");
  const { port1 } = new MessageChannel();
  expect(() => port1.postMessage(flags)).toThrow("pass flags.toJSON()");
  port1.close();
  expect(structuredClone(flags.toJSON())).toEqual(flags.allFlags());
});

it("a destructured method explains why it does not work", async () => {
  const flags = await remoteFlags(apiFlag("banner"));
  const { isFeatureEnabled, getFeatureValue, getNumber, getFlag, allFlags } = flags;
  for (const method of [isFeatureEnabled, getFeatureValue, getNumber, getFlag, allFlags]) {
    expect(() => Reflect.apply(method, undefined, ["banner", 1])).toThrow(
      "Call flags.isFeatureEnabled(…) as a method of its object.",
    );
  }
});

it("a Proxy of flags reads, counts and prints them", async () => {
  const onFlagEvaluated = vi.fn();
  const flags = new Proxy(await localFlags("on", onFlagEvaluated), {});
  expect(flags.getFeatureValue("banner")).toBe("on");
  expect(flags.getFlag("banner")).toMatchObject({ featureName: "banner", value: "on" });
  expect(flags.source).toBe("local");
  expect(onFlagEvaluated).toHaveBeenCalledTimes(2);
  expect(JSON.parse(JSON.stringify(flags))).toHaveLength(1);
  expect(inspect(flags)).toContain("banner");
});

it("the contents cannot be changed through their member", async () => {
  const flags = await remoteFlags(apiFlag("banner"));
  const contents: Record<string, { enabled: boolean }> = Reflect.get(flags, "contents");
  expect("flag:banner" in contents && !("banner" in contents)).toBe(true);
  Object.assign(contents["flag:banner"] ?? {}, { enabled: false });
  expect(Reflect.set(contents, "banner", 1)).toBe(false);
  expect(Reflect.defineProperty(contents, "x", { value: 1 })).toBe(false);
  expect(Reflect.deleteProperty(contents, "banner")).toBe(false);
  expect(flags.isFeatureEnabled("banner")).toBe(true);
});
