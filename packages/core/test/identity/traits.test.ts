import { expect, it } from "vitest";
import { invalidTrait, listTraits, parseTraits, type Traits } from "../../src/identity/traits.ts";
import { catchError } from "../fake-platform.ts";

const secret = "s3cr3t";

/** Traits that TypeScript would reject. */
function asTraits(entries: Record<string, unknown>): Traits {
  return entries as Traits;
}

it.each([0, -0, 1.5, false, true, "", "gold", null, 1e21, -1e-7])(
  "accepts the value %s",
  (value) => {
    const traits = parseTraits({ plan: value });
    expect(traits).toEqual({ plan: value });
    expect(listTraits(traits)).toEqual([{ key: "plan", value, transient: false }]);
  },
);

it("accepts a value with `transient`", () => {
  const traits = parseTraits({
    a: { value: "x", transient: true },
    b: { value: 0, transient: false },
    c: { value: null },
    d: { value: "" },
  });
  expect(listTraits(traits)).toEqual([
    { key: "a", value: "x", transient: true },
    { key: "b", value: 0, transient: false },
    { key: "c", value: null, transient: false },
    { key: "d", value: "", transient: false },
  ]);
});

it.each([
  ["NaN", Number.NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["a bigint", 10n],
  ["a function", () => secret],
  ["a symbol", Symbol(secret)],
  ["an object", { plan: secret }],
  ["an empty object", {}],
  ["an array", [secret]],
  ["a Date", new Date(0)],
  ["a Map", new Map([["value", secret]])],
  ["a boxed string", new String(secret)],
])("rejects %s, naming the trait but not its value", async (_name, value) => {
  for (const input of [value, { value }, { value, transient: true }]) {
    const error = await catchError(() => parseTraits(asTraits({ valid: 1, plan: input })));
    expect(error.code).toBe("INVALID_TRAIT");
    expect(error.message).toContain('Trait "plan" ');
    expect(error.message).not.toContain(secret);
  }
});

it.each(["true", 1, 0, null, {}])(
  "rejects a `transient` that is not a boolean (%j)",
  async (transient) => {
    const error = await catchError(() =>
      parseTraits(asTraits({ plan: { value: secret, transient } })),
    );
    expect(error.code).toBe("INVALID_TRAIT");
    expect(error.message).toBe('Trait "plan" has a `transient` that is not a boolean.');
  },
);

it("ignores undefined traits", () => {
  expect(parseTraits({ plan: undefined, age: 1 })).toEqual({ age: 1 });
  expect(Object.keys(parseTraits({ plan: undefined, age: 1 }))).toEqual(["age"]);
  for (const none of [null, undefined]) expect(parseTraits(none)).toEqual({});
});

it.each([[], "plan", 42, true, new Map([["plan", 1]]), new Set(["plan"])])(
  "rejects traits that are not an object (%#)",
  async (traits) => {
    const error = await catchError(() => parseTraits(traits as unknown as Traits));
    expect(error.code).toBe("INVALID_TRAIT");
  },
);

it("accepts keys that are members of prototypes", () => {
  const traits = JSON.parse('{"__proto__":"a","constructor":"b","toString":1}');
  expect(listTraits(parseTraits(traits)).map(({ key, value }) => [key, value])).toEqual([
    ["__proto__", "a"],
    ["constructor", "b"],
    ["toString", 1],
  ]);
});

it("accepts a transient trait called __proto__", () => {
  const traits = parseTraits(JSON.parse('{"__proto__":{"value":"a","transient":true}}'));
  expect(listTraits(traits)).toEqual([{ key: "__proto__", value: "a", transient: true }]);
  expect(Object.getPrototypeOf(traits)).toBe(Object.prototype);
});

it("ignores inherited traits", () => {
  const bare = Object.assign(Object.create(null), { plan: "gold" });
  expect(listTraits(parseTraits(bare))).toEqual([{ key: "plan", value: "gold", transient: false }]);
  expect(listTraits(parseTraits(Object.create({ plan: "gold" })))).toEqual([]);
});

it("copies the caller's traits", () => {
  const plan = { value: "gold", transient: true };
  const given: Record<string, { value: string; transient: boolean }> = { plan };
  const traits = parseTraits(given);
  plan.value = "free";
  plan.transient = false;
  given["other"] = { value: "x", transient: false };
  expect(traits).toEqual({ plan: { value: "gold", transient: true } });
  expect(listTraits(traits)).toEqual([{ key: "plan", value: "gold", transient: true }]);
});

it("shortens and escapes a key in a message", () => {
  const { message } = invalidTrait(`a\n${"k".repeat(500)}`, "is bad");
  expect(message).toBe(`Trait "a\\n${"k".repeat(58)}…" is bad.`);
});
