import { describe, expect, it } from "vitest";
import { listTraits, TraitParser, type Traits } from "../../src/identity/traits.ts";
import { catchError } from "../fake-platform.ts";

const secret = "s3cr3t";

const parseTraits = (traits: Traits | null | undefined) => new TraitParser(undefined).parse(traits);

/** Traits that TypeScript would reject. */
function asTraits(entries: Record<string, unknown>): Traits {
  return entries as Traits;
}

it("an object of an interface needs a copy, which has the type of traits", () => {
  interface User {
    readonly plan: string;
    readonly age?: number | undefined;
  }
  const user: User = { plan: "gold", age: undefined };
  // @ts-expect-error An interface has no index signature.
  expect(parseTraits(user)).toEqual(parseTraits({ ...user }));
});

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
  ["an invalid Date", new Date(Number.NaN)],
  ["a text of 2,001 characters", `${secret}${"x".repeat(1995)}`],
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

it("accepts a Proxy with a value for every name", () => {
  const traits = new Proxy(asTraits({ plan: "gold" }), {
    get: (target, name) => Reflect.get(target, name) ?? "none",
  });
  expect(parseTraits(traits)).toEqual({ plan: "gold" });
});

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

it("ignores a method that a library adds to all objects", () => {
  Object.assign(Object.prototype, { addedByLibrary: () => 1 });
  try {
    expect(listTraits(parseTraits({ plan: "gold" })).map(({ key }) => key)).toEqual(["plan"]);
  } finally {
    Reflect.deleteProperty(Object.prototype, "addedByLibrary");
  }
});

it("checks the text of a key that was valid before", async () => {
  const parser = new TraitParser(undefined);
  parser.parse({ note: "short" });
  const error = await catchError(() => parser.parse({ note: "x".repeat(2001) }));
  expect(error.message).toBe(
    'Trait "note" has a value that must not be longer than 2000 characters.',
  );
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

it("shortens and escapes a key in a message", async () => {
  const key = `a\n${"k".repeat(100)}`;
  const { message } = await catchError(() => parseTraits(asTraits({ [key]: Number.NaN })));
  expect(message).toBe(
    `Trait "a\\n${"k".repeat(58)}…" must be a string, a finite number, a boolean, a date or null.`,
  );
});

it("converts a date to ISO 8601", () => {
  const date = new Date("2026-11-28T16:00:00.000Z");
  const text = "2026-11-28T16:00:00.000Z";
  const traits = parseTraits(
    asTraits({ at: date, sent: { value: date }, hidden: { value: date, transient: true } }),
  );
  expect(traits).toEqual({
    at: text,
    sent: { value: text, transient: false },
    hidden: { value: text, transient: true },
  });
});

describe("without strictTraits", () => {
  function createParser() {
    const warnings: string[] = [];
    const parser = new TraitParser((message) => warnings.push(message));
    return { parser, warnings };
  }

  it("drops invalid traits, names them, and keeps the others", () => {
    const { parser, warnings } = createParser();
    const given = asTraits({
      plan: "gold",
      age: Number.NaN,
      "": 1,
      note: "x".repeat(2001),
      " plan": "silver",
      "nul\0": 1,
      run: () => secret,
      gone: undefined,
      flag: { value: true, transient: "yes" },
    });
    const traits = parser.parse(given);
    expect(traits).toEqual({ plan: "gold" });
    expect(parser.listDropped(traits)).toEqual([
      "age",
      "",
      "note",
      " plan",
      "nul\0",
      "run",
      "flag",
    ]);
    expect(warnings).toEqual([
      'Trait "age" must be a string, a finite number, a boolean, a date or null. It is dropped.',
      'Trait "" has a key that must not be empty. It is dropped.',
      'Trait "note" has a value that must not be longer than 2000 characters. It is dropped.',
      'Trait " plan" has the same key as "plan" after trimming. It is dropped.',
      'Trait "nul\\u0000" has a key that must not contain NUL. It is dropped.',
      'Trait "run" must be a string, a finite number, a boolean, a date or null. It is dropped.',
      'Trait "flag" has a `transient` that is not a boolean. It is dropped.',
    ]);
    // Traits that are parsed again keep the list.
    expect(parser.listDropped(parser.parse(traits))).toEqual(parser.listDropped(traits));
    expect(parser.listDropped(parser.parse({ plan: "gold" }))).toEqual([]);
  });

  it("drops a trait whose members throw", () => {
    const { parser, warnings } = createParser();
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const broken = {
      get value() {
        throw new Error(secret);
      },
    };
    const traits = parser.parse(asTraits({ plan: "gold", draft: proxy, broken }));
    expect(traits).toEqual({ plan: "gold" });
    expect(parser.listDropped(traits)).toEqual(["draft", "broken"]);
    expect(warnings).toEqual([
      'Trait "draft" is unreadable. It is dropped.',
      'Trait "broken" is unreadable. It is dropped.',
    ]);
  });

  it("remembers the names of at most 1,000 traits", () => {
    const { parser } = createParser();
    for (let count = 0; count < 1001; count++) parser.parse({ [`trait ${count}`]: 1 });
    expect(parser.isKnown("trait 999", 1)).toBe(true);
    expect(parser.isKnown("trait 1000", 1)).toBe(false);
    expect(parser.parse({ "trait 1000": 2 })).toEqual({ "trait 1000": 2 });
  });

  it("reads each key a limited number of times", () => {
    const count = (length: number) => {
      let reads = 0;
      const names = Array.from({ length }, (_, i) => ` key ${i}`);
      const traits = new Proxy(asTraits({}), {
        ownKeys: () => names,
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }),
        get: (_, name) => (name === Symbol.iterator ? undefined : ++reads),
        has: () => false,
      });
      expect(Object.keys(createParser().parser.parse(traits))).toHaveLength(length);
      return reads;
    };
    expect(count(2000)).toBe(2 * count(1000));
  });
});
