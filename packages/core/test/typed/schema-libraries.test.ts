import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, expectTypeOf, it } from "vitest";
import * as z from "zod";
import type { Flags } from "../../src/flags/flags.ts";
import { defineFlags } from "../../src/typed/define-flags.ts";
import { jsonFlag } from "../../src/typed/flag-definition.ts";
import type { StandardSchema } from "../../src/typed/standard-schema.ts";
import { apiFlag, client, fakePlatform, json, recordingLogger } from "../fake-platform.ts";

interface Banner {
  title: string;
  size: number;
}

const libraries: readonly (readonly [string, StandardSchema<Banner>])[] = [
  ["valibot", v.object({ title: v.string(), size: v.pipe(v.number(), v.minValue(1)) })],
  ["zod", z.object({ title: z.string(), size: z.number().min(1) })],
  ["arktype", type({ title: "string", size: "number >= 1" })],
];

async function createFlags(logger = recordingLogger()) {
  const values = {
    right: '{"title":"Sale","size":2}',
    type: '{"title":5,"size":2}',
    limit: '{"title":"Sale","size":0}',
    missing: '{"title":"Sale"}',
    list: "[]",
    text: "Sale",
  };
  const list = Object.entries(values).map(([name, feature_state_value]) =>
    apiFlag(name, { feature_state_value }),
  );
  return client(
    fakePlatform(() => json(list)),
    { logger },
  ).getEnvironmentFlags();
}

const fallback: Banner = { title: "none", size: 1 };
const wrongNames = ["type", "limit", "missing", "list", "text"];

describe.each(libraries)("a schema of %s", (_library, schema) => {
  it("checks the values of getJson", async () => {
    const logger = recordingLogger();
    const flags = await createFlags(logger);
    expect(flags.getJson("right", fallback, schema)).toEqual({ title: "Sale", size: 2 });
    for (const name of wrongNames) expect(flags.getJson(name, fallback, schema)).toBe(fallback);
    expect(logger.warnings).toHaveLength(wrongNames.length);
    expect(logger.warnings[0]).toContain('does not match its schema at "title": ');
  });

  it("checks the values of jsonFlag", async () => {
    const flags = await createFlags();
    for (const name of ["right", ...wrongNames]) {
      const defined = defineFlags({ [name]: jsonFlag(schema, fallback) });
      const isRight = name === "right";
      expect(defined.read(flags, name)).toMatchObject({
        value: isRight ? { title: "Sale", size: 2 } : fallback,
        reason: isRight ? undefined : "TYPE_MISMATCH",
      });
    }
  });
});

it("a schema that converts values gives the converted value", async () => {
  const flags = await createFlags();
  const upper = z.object({ title: z.string().transform((title) => title.toUpperCase()) });
  expect(flags.getJson("right", undefined, upper)).toEqual({ title: "SALE" });
  const length = type({ title: type("string").pipe((title) => title.length) });
  expect(flags.getJson("right", undefined, length)).toEqual({ title: 4, size: 2 });
});

it("infers the types of each library", () => {
  const check = (flags: Flags) => {
    const zodFlag = jsonFlag(z.object({ title: z.string() }), { title: "" });
    const arkFlag = jsonFlag(type({ title: "string" }), { title: "" });
    const values = defineFlags({ zodFlag, arkFlag }).in(flags);
    expectTypeOf(values.zodFlag).toEqualTypeOf<{ title: string }>();
    expectTypeOf(values.arkFlag).toEqualTypeOf<{ title: string }>();
    expectTypeOf(flags.getJson("a", null, z.array(z.number()))).toEqualTypeOf<number[] | null>();
    expectTypeOf(flags.getJson("a", 0, type("number"))).toEqualTypeOf<number>();
    // @ts-expect-error The default has another type.
    jsonFlag(z.object({ title: z.string() }), { title: 1 });
  };
  expect(check).toBeTypeOf("function");
});
