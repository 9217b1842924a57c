import { describe, expect, it } from "vitest";
import { IdentityParser } from "../../src/identity/identity.ts";
import { LocalIdentity } from "../../src/identity/local-identity.ts";
import type { Traits } from "../../src/identity/traits.ts";

function createParser(strictTraits = false) {
  const warnings: string[] = [];
  const logger = { warn: (message: string) => warnings.push(message) };
  return { parser: new IdentityParser({ strictTraits }, logger), warnings };
}

it("keys and texts are checked when the traits are read", () => {
  const { parser, warnings } = createParser();
  const identity = new LocalIdentity("user", { plan: "gold", text: "a\0b", " ": 1 }, parser);
  expect(warnings).toEqual([]);
  expect(identity.traits).toEqual({ plan: "gold" });
  expect(identity.traits).toBe(identity.traits);
  expect(identity.droppedTraits).toEqual(["text", " "]);
  expect(warnings).toEqual([
    'Trait "text" has a value that must not contain NUL. It is dropped.',
    'Trait " " has a key that must not be empty. It is dropped.',
  ]);
});

describe("a trait that is read alone", () => {
  /** Creates an identity whose keys are known, except for those of invalid traits. */
  function createIdentity(traits: Traits) {
    const { parser, warnings } = createParser();
    parser.parse({ identifier: "other", traits: { plan: "a", age: 1, beta: true, none: null } });
    return { identity: new LocalIdentity("user", traits, parser), warnings };
  }

  it("is checked without the others", () => {
    const traits = { plan: "free", age: 31, beta: false, none: null, text: "a\0b" };
    const { identity, warnings } = createIdentity(traits);
    for (const name of ["plan", "age", "none", "missing"] as const) {
      expect(identity.readTrait(name)).toBe({ ...traits, missing: undefined }[name]);
    }
    expect(warnings).toEqual([]);
  });

  it("is checked with the others after four reads", () => {
    const { identity, warnings } = createIdentity({ plan: "free", text: "a\0b" });
    for (let reads = 0; reads < 4; reads++) identity.readTrait("plan");
    expect(warnings).toEqual([]);
    expect(identity.readTrait("plan")).toBe("free");
    expect(warnings).toHaveLength(1);
  });

  it.each(["text", "constructor", "__proto__"])("is missing if it is invalid: %s", (name) => {
    const traits = Object.fromEntries([
      ["plan", "free"],
      [name, "a\0b"],
    ]);
    const { identity, warnings } = createIdentity(traits);
    expect(identity.readTrait(name)).toBeUndefined();
    expect(warnings).toHaveLength(1);
    expect(identity.readTrait("plan")).toBe("free");
    expect(identity.droppedTraits).toEqual([name]);
  });

  it.each(["missing", "constructor", "__proto__"])("is missing if there is none: %s", (name) => {
    expect(createIdentity({ plan: "free" }).identity.readTrait(name)).toBeUndefined();
  });

  it.each(["constructor", "__proto__"])("may be called %s", (name) => {
    const traits = Object.fromEntries([[name, "free"]]);
    expect(createIdentity(traits).identity.readTrait(name)).toBe("free");
  });

  it("is missing if another has the same key after trimming", () => {
    const { identity } = createIdentity({ " plan": "free", plan: "gold" });
    expect(identity.readTrait("plan")).toBe("gold");
    expect(identity.readTrait(" plan")).toBeUndefined();
    expect(identity.readTrait("plan")).toBe("gold");
  });

  it("has its parsed form if it is a date or an object", () => {
    const transient = { value: "x", transient: true };
    const { identity } = createIdentity({ plan: new Date(0), age: transient });
    expect(identity.readTrait("plan")).toBe("1970-01-01T00:00:00.000Z");
    expect(identity.readTrait("age")).toEqual(transient);
  });

  it("is checked although there are too many keys to remember", () => {
    const { parser } = createParser();
    const many = Object.fromEntries(Array.from({ length: 1100 }, (_, i) => [`key-${i}`, i]));
    parser.parse({ identifier: "other", traits: many });
    const identity = new LocalIdentity("user", { plan: "gold", text: "a\0b" }, parser);
    expect(identity.readTrait("plan")).toBe("gold");
    expect(identity.readTrait("text")).toBeUndefined();
  });
});

it.each([
  ["a number that is not finite", Number.NaN],
  ["an object", { value: "a\0b" }],
  ["a function", () => 1],
])("%s is checked immediately", (_name, value) => {
  const { parser, warnings } = createParser();
  const identity = new LocalIdentity(
    "user",
    { plan: "gold", other: value } as unknown as Traits,
    parser,
  );
  expect(warnings).toHaveLength(1);
  expect(identity.droppedTraits).toEqual(["other"]);
  expect(identity.traits).toEqual({ plan: "gold" });
});

it("traits are copied before they are checked", () => {
  const { parser } = createParser();
  const traits: Record<string, string> = { plan: "gold" };
  const identity = new LocalIdentity("user", traits, parser);
  traits["plan"] = "free";
  expect(identity.traits).toEqual({ plan: "gold" });
});

it("traits that have been parsed before keep the list of dropped ones", () => {
  const { parser } = createParser();
  const { traits } = parser.parse({ identifier: "user", traits: { plan: "gold", text: "a\0b" } });
  expect(new LocalIdentity("user", traits, parser).droppedTraits).toEqual(["text"]);
});

it("strictTraits throws immediately", () => {
  const { parser } = createParser(true);
  expect(() => new LocalIdentity("user", { text: "a\0b" }, parser)).toThrow(/must not contain NUL/);
});

it.each([[new Map([["plan", "gold"]])], [["gold"]], ["gold"]])(
  "traits that are no object are rejected",
  (traits) => {
    const { parser } = createParser();
    expect(() => new LocalIdentity("user", traits as unknown as Traits, parser)).toThrow(
      "Traits must be an object of trait values.",
    );
  },
);
