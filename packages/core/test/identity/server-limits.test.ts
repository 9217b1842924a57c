import { expect, it } from "vitest";
import { assertServerAccepts, IdentityParser } from "../../src/identity/identity.ts";
import type { Traits } from "../../src/identity/traits.ts";
import { catchError, recordingLogger } from "../fake-platform.ts";

const astral = "\u{1f642}";

function check(identifier: string, traits: Traits = {}, transient = false): void {
  const parser = new IdentityParser({ strictTraits: true }, recordingLogger());
  assertServerAccepts(parser.parse({ identifier, traits, transient }));
}

it.each([
  ["a space inside", "a b"],
  ["surrounding spaces", "  user  "],
  ["2,000 characters", "x".repeat(2000)],
  ["2,000 astral characters", astral.repeat(2000)],
  ["2,000 characters and surrounding spaces", ` ${"x".repeat(2000)} `],
  ["the characters around the surrogates", "\ud7ff\ue000"],
])("accepts an identifier with %s", (_name, identifier) => {
  expect(() => check(identifier)).not.toThrow();
});

it.each([
  ["is empty", "", "must not be empty"],
  ["consists of spaces", " \t\n ", "must not be empty"],
  ["has 2,001 characters", "x".repeat(2001), "longer than 2000"],
  ["has 2,001 astral characters", astral.repeat(2001), "longer than 2000"],
  ["has a NUL", "s3cr3t\0x", "NUL"],
  ["has a NUL after the last character of two bytes", "s3cr3t\uffff\0", "NUL"],
  ["ends with a lone surrogate", "s3cr3t\ud83d", "surrogate"],
  ["starts with a lone surrogate", "\ude42s3cr3t", "surrogate"],
  ["has the first surrogate alone", "s3cr3t\ud800", "surrogate"],
])("rejects an identifier that %s, without quoting it", async (_name, identifier, problem) => {
  for (const transient of [false, true]) {
    const error = await catchError(() => check(identifier, {}, transient));
    expect(error.code).toBe("INVALID_IDENTIFIER");
    expect(error.message).toContain(problem);
    expect(error.message).not.toContain("s3cr3t");
    expect(error.message.length).toBeLessThan(100);
  }
});

it.each([
  ["200 characters", "k".repeat(200)],
  ["200 astral characters", astral.repeat(200)],
  ["200 characters and surrounding spaces", ` ${"k".repeat(200)} `],
  ["a member of prototypes", "constructor"],
])("accepts a trait key of %s", (_name, key) => {
  expect(() => check("user", { [key]: 1 })).not.toThrow();
});

it.each([
  ["is empty", "", "must not be empty"],
  ["consists of spaces", "  ", "must not be empty"],
  ["has 201 characters", "k".repeat(201), "longer than 200"],
  ["has 201 astral characters", astral.repeat(201), "longer than 200"],
  ["has a NUL", "plan\0", "NUL"],
  ["has a lone surrogate", "plan\ud83d", "surrogate"],
])("rejects a trait with a key that %s", async (_name, key, problem) => {
  const error = await catchError(() => check("user", { valid: 1, [key]: "s3cr3t" }));
  expect(error.code).toBe("INVALID_TRAIT");
  expect(error.message).toContain(`has a key that`);
  expect(error.message).toContain(problem);
  expect(error.message).toContain(JSON.stringify(key.slice(0, 60)).slice(0, -1));
  expect(error.message).not.toContain("s3cr3t");
});

it.each([
  ["that is empty", ""],
  ["that is a space", " "],
  ["of 2,000 characters", "v".repeat(2000)],
  ["of 2,000 astral characters", astral.repeat(2000)],
])("accepts a trait string %s", (_name, value) => {
  expect(() => check("user", { note: value })).not.toThrow();
});

it.each([
  ["of 2,001 characters", "v".repeat(2001), "longer than 2000"],
  ["of 2,001 astral characters", astral.repeat(2001), "longer than 2000"],
  ["with a NUL", "s3cr3t\0", "NUL"],
  ["with a lone surrogate", "s3cr3t\udc00", "surrogate"],
])("rejects a trait string %s, stored or transient", async (_name, value, problem) => {
  for (const input of [value, { value, transient: true }]) {
    const error = await catchError(() => check("user", { note: input }));
    expect(error.code).toBe("INVALID_TRAIT");
    expect(error.message).toMatch(/^Trait "note" has a value that /);
    expect(error.message).toContain(problem);
    expect(error.message).not.toContain("s3cr3t");
  }
});

it.each([2 ** 31 - 1, 2 ** 31, 2 ** 53, 1e20, 0, -0, 2147483647.5, 1e21, -1e21, 1e300])(
  "accepts %d as a stored trait",
  (value) => {
    expect(() => check("user", { age: value })).not.toThrow();
  },
);

it.each([
  ["plan", "plan "],
  [" plan", "plan"],
  ["plan\t", "\nplan"],
])("rejects the keys %j and %j, which are equal after trimming", async (first, second) => {
  for (const transient of [false, true]) {
    const error = await catchError(() => check("user", { [first]: 1, [second]: 2 }, transient));
    expect(error.code).toBe("INVALID_TRAIT");
    expect(error.message).toMatch(/^Trait .* has the same key as .* after trimming\.$/);
    for (const key of [first, second]) expect(error.message).toContain(JSON.stringify(key));
  }
});

it("an absent trait has no key that another one could repeat", () => {
  expect(() => check("user", { " plan ": 1, plan: undefined })).not.toThrow();
});

it("accepts keys that differ in case or in inner spaces", () => {
  expect(() => check("user", { plan: 1, Plan: 2, "pl an": 3, " age ": 4 })).not.toThrow();
});
