import { expect, it } from "vitest";
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

it("a trait that is read alone is checked without the others, once its key is known", () => {
  const { parser, warnings } = createParser();
  const first = new LocalIdentity("user", { plan: "gold", age: 30 }, parser);
  expect(first.readTrait("plan")).toBe("gold");
  const identity = new LocalIdentity("user", { plan: "free", age: 31, text: "a\0b" }, parser);
  expect(identity.readTrait("plan")).toBe("free");
  expect(identity.readTrait("age")).toBe(31);
  expect(identity.readTrait("missing")).toBeUndefined();
  expect(identity.readTrait("constructor")).toBeUndefined();
  expect(warnings).toEqual([]);
  expect(identity.readTrait("text")).toBeUndefined();
  expect(warnings).toHaveLength(1);
  expect(identity.readTrait("plan")).toBe("free");
  expect(identity.droppedTraits).toEqual(["text"]);
});

it("a trait that is read alone is dropped if another has the same key after trimming", () => {
  const { parser } = createParser();
  const identity = new LocalIdentity("user", { " plan": "free", plan: "gold" }, parser);
  expect(identity.readTrait("plan")).toBe("gold");
  expect(identity.readTrait(" plan")).toBeUndefined();
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
