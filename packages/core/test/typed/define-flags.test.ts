import * as v from "valibot";
import { expect, expectTypeOf, it, vi } from "vitest";
import type { Flags } from "../../src/flags/flags.ts";
import { defineFlags } from "../../src/typed/define-flags.ts";
import { jsonFlag, numberFlag, stringFlag, toggleFlag } from "../../src/typed/flag-definition.ts";
import { environmentDocument } from "../fake-environment.ts";
import {
  apiFlag,
  client,
  fakePlatform,
  json,
  localClient,
  recordingLogger,
  status,
} from "../fake-platform.ts";

const banner = v.object({ title: v.string() });

const appFlags = defineFlags({
  dark_mode: toggleFlag(),
  max_items: numberFlag(25, { integer: true, min: 1, max: 100 }),
  tier: stringFlag("free", { of: ["free", "pro"] }),
  banner: jsonFlag(banner, { title: "" }),
});

const defaults = { dark_mode: false, max_items: 25, tier: "free", banner: { title: "" } };

/** Flags that are on, unless their value is an object of members. */
async function flagsWith(values: Record<string, unknown>, logger = recordingLogger()) {
  const list = Object.entries(values).map(([name, value]) =>
    apiFlag(name, typeof value === "object" ? { ...value } : { feature_state_value: value }),
  );
  return client(
    fakePlatform(() => json(list)),
    { logger },
  ).getEnvironmentFlags();
}

it("returns values of the defined types", async () => {
  const values = { dark_mode: 0, max_items: "50", tier: "pro", banner: '{"title":"Sale"}' };
  const flags = appFlags.in(await flagsWith(values));
  const expected = { dark_mode: true, max_items: 50, tier: "pro", banner: { title: "Sale" } };
  expect(JSON.parse(JSON.stringify(flags))).toEqual(expected);
  expect(flags.banner).toEqual({ title: "Sale" });
});

it.each([
  ["too small", { max_items: 0 }, 'Feature "max_items": its value is less than 1.'],
  ["too large", { max_items: 900 }, 'Feature "max_items": its value is greater than 100.'],
  ["not whole", { max_items: 1.5 }, 'Feature "max_items": its value is not a whole number.'],
  ["not a number", { max_items: "x" }, 'Feature "max_items": its value is not a number.'],
  ["another text", { tier: "gold" }, 'Feature "tier": its value is not one of ["free","pro"].'],
  ["not JSON", { banner: "{" }, 'Feature "banner": its value is not valid JSON.'],
])("a value that is %s is replaced, with one warning", async (_name, values, warning) => {
  const logger = recordingLogger();
  const flags = await flagsWith({ dark_mode: 1, max_items: 1, tier: "free", banner: "{}" }, logger);
  const name = Object.keys(values)[0] as keyof typeof defaults;
  const wrong = await flagsWith(values, logger);
  for (const _read of [1, 2]) {
    expect(appFlags.in(wrong)[name]).toEqual(defaults[name]);
    expect(appFlags.read(wrong, name)).toEqual({
      value: defaults[name],
      enabled: true,
      reason: "TYPE_MISMATCH",
      variant: null,
    });
  }
  expect(flags.isFeatureEnabled(name)).toBe(true);
  expect(logger.warnings).toEqual([`${warning} Using the default.`]);
});

it("the limits of a number are allowed, also as its default", async () => {
  const options = { min: 1, max: 100 };
  const defined = defineFlags({ least: numberFlag(100, options), most: numberFlag(1, options) });
  const flags = await flagsWith({ least: 1, most: 100 });
  expect(JSON.parse(JSON.stringify(defined.in(flags)))).toEqual({ least: 1, most: 100 });
});

it("read returns the reason and the variant", async () => {
  const flags = await flagsWith({
    dark_mode: { enabled: false },
    max_items: { feature_state_value: 30, reason: "SPLIT; weight=5", variant: "many" },
    tier: { enabled: false, feature_state_value: "pro", reason: "DEFAULT" },
    banner: { feature_state_value: null },
  });
  expect(appFlags.read(flags, "dark_mode")).toMatchObject({ value: false, enabled: false });
  expect(appFlags.read(flags, "max_items")).toEqual({
    value: 30,
    enabled: true,
    reason: "SPLIT; weight=5",
    variant: "many",
  });
  const disabled = { value: "free", enabled: false, reason: "DISABLED" };
  expect(appFlags.read(flags, "tier")).toMatchObject(disabled);
  const none = { value: { title: "" }, enabled: true, reason: "NO_VALUE" };
  expect(appFlags.read(flags, "banner")).toMatchObject(none);
  const unknown = await flagsWith({});
  for (const [name, value] of Object.entries(defaults)) {
    const expected = { value, enabled: false, reason: "FLAG_NOT_FOUND", variant: null };
    expect(appFlags.read(unknown, name as keyof typeof defaults)).toEqual(expected);
  }
});

it('a flag that is off keeps its value with whenOff "value"', async () => {
  const off = { enabled: false, feature_state_value: 7 };
  const flags = await flagsWith({ a: off, b: off, c: { enabled: false } });
  const defined = defineFlags({
    a: numberFlag(1),
    b: numberFlag(1, { whenOff: "value" }),
    c: numberFlag(1, { whenOff: "value" }),
  });
  expect({ ...defined.in(flags), ...JSON.parse(JSON.stringify(defined.in(flags))) }).toMatchObject({
    a: 1,
    b: 7,
    c: 1,
  });
});

it("is a defaultFlagHandler that returns the defaults", async () => {
  const platform = fakePlatform(() => status(403));
  const flagsmith = client(platform, { defaultFlagHandler: appFlags });
  const flags = await flagsmith.getIdentityFlags("user");
  expect(flags.getNumber("max_items", 1)).toBe(25);
  expect(flags.getString("tier", "")).toBe("free");
  expect(flags.getJson("banner", null, banner)).toEqual({ title: "" });
  expect(flags.isFeatureEnabled("dark_mode")).toBe(false);
  expect(flags.getFlag("nope")).toMatchObject({ enabled: false, value: undefined });
  expect(JSON.parse(JSON.stringify(appFlags.in(flags)))).toEqual(defaults);
});

it("a defaultFlagHandler goes before the default of the definition", async () => {
  const defaultFlagHandler = (name: string) => ({
    enabled: true,
    value: name === "tier" ? "x" : 50,
  });
  const flagsmith = client(
    fakePlatform(() => json([])),
    { defaultFlagHandler },
  );
  const { dark_mode, max_items, tier } = appFlags.in(await flagsmith.getEnvironmentFlags());
  expect([dark_mode, max_items, tier]).toEqual([true, 50, "free"]);
  const on = defineFlags({ a: toggleFlag({ default: true }) });
  const off = client(
    fakePlatform(() => json([])),
    { defaultFlagHandler: () => ({ enabled: false, value: null }) },
  );
  const offFlags = await off.getEnvironmentFlags();
  expect(on.in(offFlags).a).toBe(false);
  expect(on.read(offFlags, "a")).toMatchObject({ value: false, reason: "FLAG_NOT_FOUND" });
  expect(on.in(await flagsWith({})).a).toBe(true);
  expect(on.in(await flagsWith({ a: { enabled: false } })).a).toBe(false);
});

it("parses a value once for each version of the environment", async () => {
  let runs = 0;
  const counted = v.pipe(
    banner,
    v.check(() => ++runs > 0),
  );
  const defined = defineFlags({ banner: jsonFlag(counted, { title: "" }) });
  runs = 0;
  let title = "a";
  const platform = fakePlatform(() => json(environmentDocument(JSON.stringify({ title }))));
  const flagsmith = localClient(platform);
  for (const user of ["a", "b", "c"]) {
    expect(defined.in(await flagsmith.getIdentityFlags(user)).banner).toEqual({ title: "a" });
  }
  expect(runs).toBe(1);
  title = "b";
  await flagsmith.updateEnvironment();
  expect(defined.in(await flagsmith.getIdentityFlags("a")).banner).toEqual({ title: "b" });
  expect(runs).toBe(2);
  await flagsmith.close();
});

it("each read is observed once", async () => {
  const names: string[] = [];
  const list = [apiFlag("dark_mode"), apiFlag("tier"), apiFlag("max_items", { enabled: false })];
  const flagsmith = client(
    fakePlatform(() => json(list)),
    {
      onFlagEvaluated: ({ featureName }) => void names.push(featureName),
    },
  );
  const flags = appFlags.in(await flagsmith.getEnvironmentFlags());
  expect([flags.dark_mode, flags.tier, flags.max_items, flags.banner.title]).toEqual([
    true,
    "free",
    25,
    "",
  ]);
  expect(names).toEqual(["dark_mode", "tier", "max_items", "banner"]);
});

it("accepts features with the names of members of objects", async () => {
  const names = ["constructor", "toString", "toJSON", "hasOwnProperty", "name", "in"] as const;
  const defined = defineFlags({
    constructor: numberFlag(0),
    toString: numberFlag(0),
    toJSON: numberFlag(0),
    hasOwnProperty: numberFlag(0),
    name: numberFlag(0),
    in: numberFlag(0),
  });
  const flags = await flagsWith(Object.fromEntries(names.map((name, index) => [name, index + 1])));
  expect(names.map((name) => defined.in(flags)[name])).toEqual([1, 2, 3, 4, 5, 6]);
});

it.each([
  ["", { tags: [] }],
  [" also within a frozen object", Object.freeze({ tags: [] })],
])("the default of JSON is frozen%s, because all callers share it", async (_, defaultValue) => {
  const tags = v.object({ tags: v.array(v.string()) });
  const defined = defineFlags({ banner: jsonFlag(tags, defaultValue) });
  const { banner } = defined.in(await flagsWith({}));
  expect(() => banner.tags.push("of this caller")).toThrow(TypeError);
  expect(defined.in(await flagsWith({})).banner).toEqual({ tags: [] });
});

it("values of different flags are not equal in assertions", async () => {
  const create = async (max_items: number) => appFlags.in(await flagsWith({ max_items }));
  expect(await create(5)).toEqual(await create(5));
  expect(await create(5)).not.toEqual(await create(6));
});

it("a failed assertion prints values", async () => {
  const spy = vi.fn();
  spy(appFlags.in(await flagsWith({ max_items: 5 })));
  const expectation = () => expect(spy).toHaveBeenCalledWith({ max_items: 6 });
  expect(expectation).toThrow(/\+.*"max_items": 5/);
});

it("values match an object", async () => {
  expect(appFlags.in(await flagsWith({ max_items: 5 }))).toMatchObject({ max_items: 5 });
});

it.each([
  ["numberFlag", () => numberFlag(900, { max: 100 }), "The default is greater than 100."],
  ["numberFlag", () => numberFlag(Number.NaN), "The default is not a number."],
  ["stringFlag", () => stringFlag("x" as "a", { of: ["a"] }), 'The default is not one of ["a"].'],
  [
    "jsonFlag",
    () => jsonFlag(v.pipeAsync(banner), { title: "" }),
    "The default cannot be checked, because its schema is asynchronous.",
  ],
  [
    "jsonFlag",
    () => jsonFlag({} as typeof banner, { title: "" }),
    "The default cannot be checked, because its schema throws.",
  ],
  ["jsonFlag", () => jsonFlag(v.any(), undefined), "The default is not JSON."],
  ["jsonFlag", () => jsonFlag(v.any(), { n: 1n }), "The default is not JSON."],
  ["read", () => appFlags.read({} as Flags, "nope" as "tier"), 'Feature "nope" is not defined.'],
])("%s rejects a wrong definition", (_name, create, message) => {
  expect(create).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS", message }));
});

it("leaves no rejection of an asynchronous schema unhandled", async () => {
  const validate = () => Promise.reject(new Error("schema"));
  const schema = { "~standard": { version: 1, vendor: "test", validate } } as const;
  expect(() => jsonFlag(schema, null as never)).toThrow("asynchronous");
  // Vitest fails if a rejection is unhandled.
  await new Promise((resolve) => setTimeout(resolve));
});

it("infers types, and rejects wrong uses at compile time", () => {
  const check = (flags: Flags) => {
    const values = appFlags.in(flags);
    expectTypeOf(values.dark_mode).toEqualTypeOf<boolean>();
    expectTypeOf(values.max_items).toEqualTypeOf<number>();
    expectTypeOf(values.tier).toEqualTypeOf<"free" | "pro">();
    expectTypeOf(values.banner).toEqualTypeOf<{ title: string }>();
    expectTypeOf(appFlags.read(flags, "tier").value).toEqualTypeOf<"free" | "pro">();
    expectTypeOf(defineFlags({ a: stringFlag("x") }).in(flags).a).toEqualTypeOf<string>();
    // @ts-expect-error Not a defined feature.
    values.darkmode;
    // @ts-expect-error Not a defined feature.
    appFlags.read(flags, "darkmode");
    // @ts-expect-error Values are read-only.
    values.max_items = 5;
    // @ts-expect-error Not one of the texts.
    stringFlag("gold", { of: ["free", "pro"] });
    // @ts-expect-error A default of another type.
    numberFlag("25");
    // @ts-expect-error A default that does not match the schema.
    jsonFlag(banner, { text: "" });
    // @ts-expect-error An unknown option.
    numberFlag(25, { minimum: 1 });
    // @ts-expect-error Not a definition.
    defineFlags({ a: true });
    // @ts-expect-error Not flags.
    appFlags.in({ max_items: 5 });
  };
  expect(check).toBeTypeOf("function");
});
