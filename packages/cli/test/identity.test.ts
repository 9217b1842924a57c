import { expect, test } from "vitest";
import { CommandInput } from "../src/command.ts";
import { parseTraitValue, readSubject } from "../src/identity.ts";

test.each([
  ["true", true],
  ["false", false],
  ["True", "True"],
  ["42", 42],
  ["-0.25", -0.25],
  ["007", "007"],
  ["1e5", "1e5"],
  ["5.", "5."],
  ["9007199254740991", 9007199254740991],
  ["12345678901234567890", "12345678901234567890"],
  ["9".repeat(400), "9".repeat(400)],
  ['"42"', "42"],
  ['"true"', "true"],
  ['say "42"', 'say "42"'],
  ['"42" is', '"42" is'],
  [' "42"', ' "42"'],
  ['"42" ', '"42" '],
  ['"a" or "b"', '"a" or "b"'],
  ["", ""],
  ["null", "null"],
])("the trait %j has the value %j", (text, value) => {
  expect(parseTraitValue(text)).toBe(value);
});

test("a trait ends its name at the first equals sign", () => {
  const input = new CommandInput([], { trait: ["a=b=c", "query="] });
  expect(readSubject(input).traits).toEqual({ a: "b=c", query: "" });
});
