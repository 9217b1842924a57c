import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { testFlags } from "@flagsmith-isomorphic/testing";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
// The compiler checks it with the tests.
import { appFlags } from "./fixtures/generated-flags.ts";
import { recordedDocument, shopDocument } from "./support/documents.ts";
import { runCommand } from "./support/run-command.ts";

const files = { "environment.json": shopDocument, "recorded.json": recordedDocument };
const generated = resolve(import.meta.dirname, "fixtures/generated-flags.ts");

describe("a module", () => {
  const args = ["types", "--document", "recorded.json", "--closed"];

  test("has the types and the defaults of all features", async () => {
    const { exitCode, stdout } = await runCommand(args, { files });
    await expect(stdout).toMatchFileSnapshot(generated);
    expect(exitCode).toBe(0);
  });

  test("reads flags with these types", async () => {
    const flags = await testFlags({ max_items: 40, banner_text: "Hi" }).getEnvironmentFlags();
    const { max_items, banner_text, json_value, mv_colour, __proto__ } = appFlags.in(flags);
    const items: number = max_items;
    const text: string = banner_text;
    const colour: "grey" | "red" | "green" | "blue" = mv_colour;
    expect([items, text, colour, __proto__]).toEqual([40, "Hi", "grey", "reserved js name"]);
    expect(json_value["theme"]).toMatchObject({ radius: 8 });
  });

  test("is compared with a file by --check", async () => {
    const check = ["types", "--document", "environment.json", "--output", "flags.ts"];
    const { written } = await runCommand(check, { files });
    const world = { files: { ...files, "flags.ts": written("flags.ts") } };
    expect((await runCommand([...check, "--check"], world)).exitCode).toBe(0);
    const windows = written("flags.ts").replaceAll("\n", "\r\n");
    const checkedOut = { files: { ...files, "flags.ts": windows } };
    expect((await runCommand([...check, "--check"], checkedOut)).exitCode).toBe(0);
    const old = await runCommand([...check, "--check"], { files: { ...files, "flags.ts": "" } });
    expect(old.stderr).toMatch(/flags\.ts is not up to date/);
    expect(old.exitCode).toBe(3);
    const missing = await runCommand([...check, "--check"], { files });
    expect(missing.stderr).toMatch(/flags\.ts does not exist/);
  });
});

type Feature = readonly [name: string, value: unknown, ...variants: readonly unknown[]];

/** Prints the types of features that are on. */
const printTypes = (...features: readonly Feature[]) => {
  const document = {
    ...shopDocument,
    feature_states: features.map(([name, value, ...variants], id) => ({
      feature: { id, name },
      enabled: true,
      feature_state_value: value,
      multivariate_feature_state_values: variants.map((variant, index) => ({
        id: index,
        percentage_allocation: 10,
        multivariate_feature_option: { value: variant },
      })),
    })),
  };
  const args = ["types", "--closed", "--document", "unusual.json"];
  return runCommand(args, { files: { "unusual.json": document } });
};

test("a module imports only what it uses", async () => {
  const { stdout } = await printTypes(["dark_mode", null], ["list", "[1]"]);
  expect(stdout).toContain(
    '\nimport { defineFlags, jsonFlag, toggleFlag, type StandardSchema } from "flagsmith-isomorphic";\n',
  );
  expect(stdout).toContain("const jsonArray:");
  expect(stdout).not.toContain("jsonObject");
  const { stdout: plain } = await printTypes(["dark_mode", null]);
  expect(plain).toContain('\nimport { defineFlags, toggleFlag } from "flagsmith-isomorphic";\n');
});

test.each<readonly [kind: string, feature: Feature, definition: string]>([
  ["whole and other numbers", ["a", 1, "1.5"], "numberFlag(1)"],
  ["numbers and texts", ["a", 1, "1 kg"], 'stringFlag("1", { of: ["1","1 kg"] })'],
  ["texts that end like numbers", ["a", "v1"], 'stringFlag("v1")'],
  ["objects and arrays", ["a", "{}", "[]"], 'stringFlag("{}", { of: ["{}","[]"] })'],
  ["texts with brackets", ["a", "x [1]"], 'stringFlag("x [1]")'],
  ["only variants with numbers", ["a", null, 5, 6], "numberFlag(5, { integer: true })"],
  ["only variants with JSON", ["a", null, '{"b":1}'], 'jsonFlag(jsonObject, {"b":1})'],
  ["an empty text and numbers", ["a", "", 5], "numberFlag(5, { integer: true })"],
  ["numbers and a blank text", ["a", 25, " "], "numberFlag(25, { integer: true })"],
  ["an empty text and JSON", ["a", "", "[1]"], "jsonFlag(jsonArray, [1])"],
  ["an empty text and texts", ["a", "", "x"], 'stringFlag("", { of: ["","x"] })'],
  ["an empty text", ["a", ""], 'stringFlag("")'],
  ["only variants with texts", ["a", null, "x"], 'stringFlag("", { of: ["","x"] })'],
  [
    "only variants with booleans",
    ["a", null, true],
    'stringFlag("true", { of: ["true","false"] })',
  ],
])(
  "the type of a feature with %s is that of all its values",
  async (_kind, feature, definition) => {
    const { stdout } = await printTypes(feature);
    expect(stdout).toContain(`defineFlags({\n  a: ${definition},\n});`);
  },
);

test.each([
  ["feature", { feature: { id: 1 } }],
  ["state", { enabled: "yes" }],
  ["value", { feature_state_value: { a: 1 } }],
  ["list of variants", { multivariate_feature_state_values: {} }],
  ["variant", { multivariate_feature_state_values: [null] }],
  ["percentage", { multivariate_feature_state_values: [{ multivariate_feature_option: {} }] }],
  ["option", { multivariate_feature_state_values: [{ percentage_allocation: 1 }] }],
  [
    "value of a variant",
    {
      multivariate_feature_state_values: [
        { percentage_allocation: 1, multivariate_feature_option: { value: [1] } },
      ],
    },
  ],
])("a malformed %s is a warning, and no part of the module", async (_name, part) => {
  const state = { feature: { id: 9, name: "odd" }, enabled: true, ...part };
  const states = [state, ...shopDocument.feature_states];
  const world = { files: { "environment.json": { ...shopDocument, feature_states: states } } };
  const args = ["types", "--document", "environment.json", "--output", "flags.ts"];
  const { stderr, written } = await runCommand(args, world);
  expect(stderr).toMatch(/^warning: .*malformed.*\nWrote flags\.ts: 4 flags\.\n$/);
  expect(written("flags.ts")).toContain("defineFlags({\n  dark_mode: toggleFlag(");
});

describe("unusual features", () => {
  const write = async (...features: readonly Feature[]) => {
    const { stdout } = await printTypes(...features);
    return stdout.slice(stdout.indexOf("defineFlags({"));
  };

  test("digits that a number would round are text", async () => {
    expect(await write(["id", "12345678901234567890"], ["most", "9007199254740991"])).toBe(
      'defineFlags({\n  id: stringFlag("12345678901234567890"),\n' +
        "  most: numberFlag(9007199254740991, { integer: true }),\n});\n",
    );
    expect(await write(["long", "1".repeat(400)])).toContain('  long: stringFlag("111');
  });

  test("a feature that occurs twice is defined once, by its last state", async () => {
    expect(await write(["tier", "free"], ["tier", "pro"])).toBe(
      'defineFlags({\n  tier: stringFlag("pro"),\n});\n',
    );
  });

  test("a member whose name ends like __proto__ in quotes stays a string", async () => {
    const text = JSON.stringify({ 'a"__proto__': "b" });
    expect(await write(["banner", text])).toBe(
      `defineFlags({\n  banner: jsonFlag(jsonObject, ${text}),\n});\n`,
    );
  });

  test("a default keeps members called __proto__", async () => {
    const text = '{"__proto__":{"x":"\\"__proto__\\":"}}';
    expect(await write(["banner", text])).toBe(
      'defineFlags({\n  banner: jsonFlag(jsonObject, {["__proto__"]:{"x":"\\"__proto__\\":"}}),\n});\n',
    );
  });
});

describe("a manifest", () => {
  const args = ["types", "--document", "recorded.json", "--json"];

  test("has a type and a default for each feature", async () => {
    const { json } = await runCommand(["types", "--document", "environment.json", "--json"], {
      files,
    });
    expect(json()).toEqual({
      flags: {
        dark_mode: { flagType: "boolean", defaultValue: true },
        max_items: { flagType: "integer", defaultValue: 25 },
        banner: { flagType: "object", defaultValue: { title: "Sale" } },
        tier: { flagType: "string", defaultValue: "free" },
      },
    });
  });

  const shared = process.env["FLAGSMITH_SHARED"] ?? "";
  const path = resolve(shared, "data/openfeature/flag-manifest.schema.json");
  test.skipIf(!existsSync(path))("matches the schema of OpenFeature", async () => {
    const { json } = await runCommand(args, { files });
    const ajv = new Ajv({ strict: false });
    ajv.validate(JSON.parse(readFileSync(path, "utf8")), json());
    expect(ajv.errors).toBeNull();
  });
});

test.each([
  [["--check"], /--check needs --output/],
  [["--json", "--format", "module"], /--json prints no module/],
])("%j is wrong input", async (options, line) => {
  const { exitCode, stderr } = await runCommand(["types", ...options]);
  expect(stderr).toMatch(line);
  expect(exitCode).toBe(2);
});
