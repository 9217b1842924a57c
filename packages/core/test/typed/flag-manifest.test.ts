import { Ajv } from "ajv";
import { hasCorpora, readJson } from "corpora/read";
import * as v from "valibot";
import { expect, expectTypeOf, it } from "vitest";
import type { Flags } from "../../src/flags/flags.ts";
import { defineFlags } from "../../src/typed/define-flags.ts";
import { jsonFlag, numberFlag, stringFlag, toggleFlag } from "../../src/typed/flag-definition.ts";
import { fromManifest } from "../../src/typed/flag-manifest.ts";
import { apiFlag, client, fakePlatform, json, recordingLogger } from "../fake-platform.ts";

const manifest = {
  flags: {
    dark_mode: { flagType: "boolean", defaultValue: true, description: "Dark theme" },
    max_items: { flagType: "integer", defaultValue: 25 },
    ratio: { flagType: "float", defaultValue: 0.5 },
    tier: { flagType: "string", defaultValue: "free", description: "Plan" },
    banner: { flagType: "object", defaultValue: { title: "" } },
  },
} as const;

it("a definition becomes a manifest of the OpenFeature CLI", () => {
  const defined = defineFlags({
    dark_mode: toggleFlag({ default: true, description: "Dark theme" }),
    max_items: numberFlag(25, { integer: true, max: 100 }),
    ratio: numberFlag(0.5),
    tier: stringFlag("free", { of: ["free", "pro"], description: "Plan" }),
    banner: jsonFlag(v.object({ title: v.string() }), { title: "" }),
  });
  expect(defined.manifest()).toEqual(manifest);
  expect(Object.keys(defined.definitions)).toEqual(Object.keys(manifest.flags));
  expect(defined.definitions.tier.of).toEqual(["free", "pro"]);
  expectTypeOf(defined.definitions.tier.defaultValue).toEqualTypeOf<"free" | "pro">();
});

it.skipIf(!hasCorpora)("a manifest matches the schema of the OpenFeature CLI", () => {
  const isValid = new Ajv({ strict: false }).compile(
    readJson("openfeature", "flag-manifest.schema.json"),
  );
  const { flags } = defineFlags({
    plain: toggleFlag(),
    dark_mode: toggleFlag({ default: true, description: "Dark theme" }),
    max_items: numberFlag(25, { integer: true, min: 1, max: 100, description: "Items" }),
    ratio: numberFlag(0.5),
    tier: stringFlag("free", { of: ["free", "pro"], whenOff: "value" }),
    banner: jsonFlag(v.object({ title: v.string() }), { title: "" }),
  }).manifest();
  expect(isValid({ flags }) || isValid.errors).toBe(true);
  // The validator must notice a wrong flag.
  expect(isValid({ flags: { ...flags, ratio: { flagType: "ratio", defaultValue: 1 } } })).toBe(
    false,
  );
});

it("a manifest becomes a definition, and the same manifest again", async () => {
  const defined = fromManifest(manifest);
  expect(defined.manifest()).toEqual(manifest);
  const values = { dark_mode: 0, max_items: "x", ratio: "2.5", tier: 7, banner: "[1]" };
  const list = Object.entries(values).map(([name, value]) =>
    apiFlag(name, { feature_state_value: value }),
  );
  const flags = await client(fakePlatform(() => json(list))).getEnvironmentFlags();
  expect(JSON.parse(JSON.stringify(defined.in(flags)))).toEqual({
    dark_mode: true,
    max_items: 25,
    ratio: 2.5,
    tier: "7",
    banner: { title: "" },
  });
});

it.each([
  ["an object", { title: "" }, '{"title":"Sale"}', '["Sale"]'],
  ["an array", [], '["Sale"]', '{"title":"Sale"}'],
  ["a text", "", '"Sale"', "1"],
  ["null", null, "null", "{}"],
])("a flag with JSON has %s if its default is one", async (kind, defaultValue, right, wrong) => {
  const { in: read } = fromManifest({ flags: { banner: { flagType: "object", defaultValue } } });
  const logger = recordingLogger();
  const flags = (value: string) =>
    client(
      fakePlatform(() => json([apiFlag("banner", { feature_state_value: value })])),
      { logger },
    ).getEnvironmentFlags();
  expect(read(await flags(right)).banner).toEqual(JSON.parse(right));
  expect(logger.warnings).toEqual([]);
  expect(read(await flags(wrong)).banner).toEqual(defaultValue);
  const name = kind === "a text" ? "a string" : kind;
  expect(logger.warnings).toEqual([
    `Feature "banner": its value is not ${name}. Using the default.`,
  ]);
});

it.each([
  ["an unknown type", { flagType: "number", defaultValue: 1 }],
  ["a default of another type", { flagType: "integer", defaultValue: 1.5 }],
  ["a text for a switch", { flagType: "boolean", defaultValue: "true" }],
  ["a switch for a text", { flagType: "string", defaultValue: true }],
  ["a text for a number", { flagType: "float", defaultValue: "0.5" }],
  ["no default", { flagType: "object", defaultValue: undefined }],
])("a manifest flag with %s is rejected", (_name, flag) => {
  const create = () => fromManifest({ flags: { tier: flag } });
  expect(create).toThrow('Flag "tier" of the manifest needs a flagType');
});

it("infers the types of a manifest", () => {
  const check = (flags: Flags) => {
    const values = fromManifest(manifest).in(flags);
    expectTypeOf(values.dark_mode).toEqualTypeOf<boolean>();
    expectTypeOf(values.max_items).toEqualTypeOf<number>();
    expectTypeOf(values.ratio).toEqualTypeOf<number>();
    expectTypeOf(values.tier).toEqualTypeOf<string>();
    expectTypeOf(values.banner).toEqualTypeOf<unknown>();
    // @ts-expect-error Not in the manifest.
    values.nope;
    // @ts-expect-error Not a manifest.
    fromManifest({ flags: { a: true } });
  };
  expect(check).toBeTypeOf("function");
});
