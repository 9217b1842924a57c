import * as fc from "fast-check";
import * as v from "valibot";
import { expect, expectTypeOf, it } from "vitest";
import type { FlagValue } from "../../src/flags/flag.ts";
import type { Flags } from "../../src/flags/flags.ts";
import type { JsonValue } from "../../src/typed/value-type.ts";
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

/** Remote flags with these values, all on. */
async function flagsWith(values: Record<string, unknown>, logger = recordingLogger()) {
  const list = Object.entries(values).map(([name, feature_state_value]) =>
    apiFlag(name, { feature_state_value }),
  );
  return client(
    fakePlatform(() => json(list)),
    { logger, maxResponseBytes: 100_000_000 },
  ).getEnvironmentFlags();
}

const banner = v.object({ title: v.string() });

it("getNumber returns numbers and decimal text", async () => {
  const values = { a: 25, b: -0.5, c: "25", d: " 2.50 ", e: "1e3", f: "0042" };
  const flags = await flagsWith(values);
  const numbers = Object.keys(values).map((name) => flags.getNumber(name, 1));
  expect(numbers).toEqual([25, -0.5, 25, 2.5, 1000, 42]);
});

it("getNumber returns the default for every other value", async () => {
  const values = { a: true, b: "x", c: "0x10", d: "Infinity", e: "NaN", f: "1_000", g: "1,5" };
  const flags = await flagsWith(values);
  for (const name of Object.keys(values)) expect(flags.getNumber(name, 7), name).toBe(7);
});

it("getString converts numbers and booleans", async () => {
  const flags = await flagsWith({ a: "text", b: 42, c: true, d: "" });
  expect(["a", "b", "c", "d"].map((name) => flags.getString(name, "?"))).toEqual([
    "text",
    "42",
    "true",
    "",
  ]);
});

it("getJson parses text and checks it with a schema", async () => {
  const logger = recordingLogger();
  const flags = await flagsWith({ ok: '{"title":"Sale"}', bad: '{"title":5}', no: "{" }, logger);
  const fallback = { title: "" };
  expect(flags.getJson("ok", fallback)).toEqual({ title: "Sale" });
  expect(flags.getJson("ok", fallback, banner)).toEqual({ title: "Sale" });
  expect(flags.getJson("bad", fallback, banner)).toBe(fallback);
  expect(flags.getJson("bad", fallback)).toEqual({ title: 5 });
  expect(flags.getJson("no", fallback)).toBe(fallback);
  expect(logger.warnings).toEqual([
    'Feature "bad": its value does not match its schema at "title": Invalid type: Expected string but received 5. Using the default.',
    'Feature "no": its value is not valid JSON. Using the default.',
  ]);
});

it("getJson returns JSON that is not text as it is", async () => {
  const flags = await flagsWith({ a: 5, b: true, c: "null", d: '"text"', e: "[1]" });
  expect(["a", "b", "c", "d", "e"].map((name) => flags.getJson(name, "?"))).toEqual([
    5,
    true,
    null,
    "text",
    [1],
  ]);
});

it("a JSON value is parsed once and cannot be changed", async () => {
  let runs = 0;
  const schema = v.pipe(
    v.object({ list: v.array(v.object({ n: v.number() })) }),
    v.check(() => ++runs > 0),
  );
  const flags = await flagsWith({ a: '{"list":[{"n":1}]}' });
  const first = flags.getJson("a", undefined, schema);
  expect(flags.getJson("a", undefined, schema)).toBe(first);
  expect(runs).toBe(1);
  expect(() => Object.assign(first?.list[0] ?? {}, { n: 2 })).toThrow(TypeError);
  expect(() => Object.assign(flags.getJson("a", {}) ?? {}, { n: 2 })).toThrow(TypeError);
});

it("something else than a schema gives the default, and null counts as no schema", async () => {
  const logger = recordingLogger();
  const flags = await flagsWith({ a: "1" }, logger);
  expect(flags.getJson("a", 7, "text" as never)).toBe(7);
  expect(flags.getJson("a", 7, {} as never)).toBe(7);
  expect(logger.warnings).toEqual([
    'Feature "a": its value cannot be checked, because its schema throws. Using the default.',
  ]);
  expect(flags.getJson("a", 7, null as never)).toBe(1);
});

it("a schema that is asynchronous or throws gives the default", async () => {
  const logger = recordingLogger();
  const flags = await flagsWith({ a: "1" }, logger);
  const fail = () => {
    throw new Error("schema");
  };
  const create = (validate: () => never | Promise<never>) =>
    ({ "~standard": { version: 1, vendor: "test", validate } }) as const;
  expect(
    flags.getJson(
      "a",
      7,
      create(async () => fail()),
    ),
  ).toBe(7);
  expect(flags.getJson("a", 7, create(fail))).toBe(7);
  expect(logger.warnings).toEqual([
    'Feature "a": its value cannot be checked, because its schema is asynchronous. Using the default.',
    'Feature "a": its value cannot be checked, because its schema throws. Using the default.',
  ]);
});

it("a flag that is off or has no value gives the default silently", async () => {
  const logger = recordingLogger();
  const list = [
    apiFlag("off", { enabled: false, feature_state_value: 25 }),
    apiFlag("off_text", { enabled: false, feature_state_value: "x" }),
    apiFlag("none", { feature_state_value: null }),
    apiFlag("blank", { feature_state_value: " " }),
  ];
  const flags = await client(
    fakePlatform(() => json(list)),
    { logger },
  ).getEnvironmentFlags();
  for (const { feature } of list) {
    expect(flags.getNumber(feature.name, 7), feature.name).toBe(7);
    expect(flags.getJson(feature.name, 7), feature.name).toBe(7);
  }
  for (const name of ["off", "off_text", "none"]) expect(flags.getString(name, "?")).toBe("?");
  expect(logger.lines).toEqual([]);
});

it("remote mode logs a value of the wrong type once per feature and client", async () => {
  const logger = recordingLogger();
  const flagsmith = client(
    fakePlatform(() => json([apiFlag("a"), apiFlag("b")])),
    { logger },
  );
  for (let call = 0; call < 3; call++) {
    const flags = await flagsmith.getEnvironmentFlags();
    flags.getNumber("a", 1);
    flags.getNumber("b", 1);
  }
  expect(logger.warnings).toEqual([
    'Feature "a": its value is not a number. Using the default.',
    'Feature "b": its value is not a number. Using the default.',
  ]);
});

it("a value of the wrong type is logged once for each version in local evaluation", async () => {
  const logger = recordingLogger();
  const texts = ["x", "y"];
  const platform = fakePlatform(() => json(environmentDocument(texts.shift() ?? "z")));
  const flagsmith = localClient(platform, { logger });
  for (const isRead of [true, true, true]) {
    for (const user of ["a", "b"]) {
      expect((await flagsmith.getIdentityFlags(user)).getNumber("banner", 7)).toBe(7);
    }
    if (isRead) await flagsmith.updateEnvironment();
  }
  expect(logger.warnings).toHaveLength(3);
  await flagsmith.close();
});

it("uses the flag, then the defaultFlagHandler, then the default of the call", async () => {
  const handlerFlags = new Map([
    ["unknown", { enabled: true, value: 3 }],
    ["unknown_off", { enabled: false, value: 3 }],
    ["banner", { enabled: true, value: 3 }],
  ]);
  const logger = recordingLogger();
  const defaultFlagHandler = (name: string) =>
    handlerFlags.get(name) ?? { enabled: true, value: "not a number" };
  const list = [apiFlag("max", { feature_state_value: 25 }), apiFlag("banner", { enabled: false })];
  const flagsmith = client(
    fakePlatform(() => json(list)),
    { logger, defaultFlagHandler },
  );
  const flags = await flagsmith.getEnvironmentFlags();
  const names = ["max", "banner", "unknown", "unknown_off", "unknown_text"];
  expect(names.map((name) => flags.getNumber(name, 7))).toEqual([25, 7, 3, 7, 7]);
  expect(logger.warnings).toEqual([
    'Feature "unknown_text": its value is not a number. Using the default.',
  ]);
});

it('a failed call returns empty flags with onFailure "empty"', async () => {
  for (const create of [client, localClient]) {
    const logger = recordingLogger();
    const platform = fakePlatform(() => status(403));
    const flagsmith = create(platform, { logger, onFailure: "empty", retries: 0 });
    const flags = await flagsmith.getIdentityFlags("user");
    expect(flags.source).toBe("default");
    expect(flags.allFlags()).toEqual([]);
    expect(flags.isFeatureEnabled("a")).toBe(false);
    expect(flags.getNumber("a", 7)).toBe(7);
    expect(flags.getString("a", "?")).toBe("?");
    expect(logger.warnings.filter((line) => line.includes("unknown"))).toEqual([]);
    await flagsmith.close();
  }
});

it('onFailure "empty" asks the defaultFlagHandler first', async () => {
  const defaultFlagHandler = () => ({ enabled: true, value: 3 });
  const platform = fakePlatform(() => status(403));
  const flagsmith = client(platform, { onFailure: "empty", defaultFlagHandler });
  expect((await flagsmith.getEnvironmentFlags()).getNumber("a", 7)).toBe(3);
});

it("onFailure throws by default", async () => {
  const flagsmith = client(fakePlatform(() => status(403)));
  await expect(flagsmith.getEnvironmentFlags()).rejects.toMatchObject({ code: "API_STATUS" });
});

it("each typed read is observed once", async () => {
  const seen: unknown[] = [];
  const list = [apiFlag("a", { feature_state_value: "{}" })];
  const flagsmith = client(
    fakePlatform(() => json(list)),
    {
      onFlagEvaluated: ({ featureName, source }) => void seen.push([featureName, source]),
    },
  );
  const flags = await flagsmith.getEnvironmentFlags();
  expect(flags.getJson("a", 1)).toBe(flags.getJson("a", 1));
  flags.getNumber("a", 1);
  flags.getString("unknown", "");
  expect(seen).toEqual([
    ["a", "remote"],
    ["a", "remote"],
    ["a", "remote"],
    ["unknown", "default"],
  ]);
});

it("no getter returns a value outside its type, for 100,000 random values", async () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.double().map(String),
    fc.constantFrom("", " ", "0x1", "Infinity", "-", "1e999", "null", "[]", '{"title":"x"}', "\0"),
  );
  const value: fc.Arbitrary<FlagValue> = fc.oneof(
    texts,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const values = fc.sample(value, { numRuns: 100_000, seed: 16 });
  const flags = await flagsWith({ ...values });
  const fallback = { title: "default" };
  for (const index of values.keys()) {
    const name = String(index);
    if (!Number.isFinite(flags.getNumber(name, 0))) expect.unreachable(`number ${name}`);
    if (typeof flags.getString(name, "") !== "string") expect.unreachable(`text ${name}`);
    if (!v.is(banner, flags.getJson(name, fallback, banner))) expect.unreachable(`JSON ${name}`);
    const plain = flags.getJson(name, null);
    if (JSON.stringify(plain) === undefined) expect.unreachable(`plain JSON ${name}`);
  }
});

it("infers the types of the getters", () => {
  const check = (flags: Flags) => {
    expectTypeOf(flags.getNumber("a", 25)).toEqualTypeOf<number>();
    expectTypeOf(flags.getNumber("a", null)).toEqualTypeOf<number | null>();
    expectTypeOf(flags.getString("a", "")).toEqualTypeOf<string>();
    expectTypeOf(flags.getString("a", undefined)).toEqualTypeOf<string | undefined>();
    expectTypeOf(flags.getJson("a", null)).toEqualTypeOf<JsonValue>();
    expectTypeOf(flags.getJson("a", { title: "" }, banner)).toEqualTypeOf<{ title: string }>();
    expectTypeOf(flags.getJson("a", null, banner)).toEqualTypeOf<{ title: string } | null>();
    // @ts-expect-error A default of another type.
    flags.getNumber("a", "25");
    // @ts-expect-error A default of another type.
    flags.getString("a", 25);
    // @ts-expect-error The default is missing.
    flags.getNumber("a");
    // @ts-expect-error Without a schema, the shape is unknown.
    flags.getJson("a", { title: "" }).title;
    // @ts-expect-error Not a schema.
    flags.getJson("a", 1, { title: "string" });
  };
  expect(check).toBeTypeOf("function");
});
