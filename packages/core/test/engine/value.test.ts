import { describe, expect, test } from "vitest";
import { formatFloat, parseNumber } from "../../src/engine/python-number.ts";
import { Float, toPythonText, toTypedValue } from "../../src/engine/value.ts";

describe("a raw value", () => {
  test.each<[unknown, unknown]>([
    ["007", 7],
    ["-0", 0],
    ["-12", -12],
    ["1.10", new Float(1.1)],
    ["1.0", new Float(1)],
    ["9007199254740993", 9007199254740993n],
    ["-9007199254740993", -9007199254740993n],
    [1e21, new Float(1e21)],
    [2, 2],
    [true, true],
    ["", ""],
    [Number.NaN, null],
    [null, null],
    [undefined, null],
    [{}, null],
    [[1], null],
  ])("%j becomes %s", (raw, expected) => {
    const value = toTypedValue(raw);
    expect(value === 0 ? 0 : value).toEqual(expected);
  });

  test.each([
    "+5",
    ".5",
    "5.",
    "1e5",
    " 5",
    "5\n",
    "NaN",
    "true",
    "٥",
    "1_000",
    "-",
    "--1",
    "1.2.3",
  ])("%j remains a text", (text) => {
    expect(toTypedValue(text)).toBe(text);
  });

  test.each([
    [true, "True"],
    ["007", "7"],
    ["1.0", "1.0"],
    ["-0.0", "-0.0"],
    [1e-7, "1e-07"],
    [0.0001, "0.0001"],
    [1.5e300, "1.5e+300"],
    [1e20, "100000000000000000000"],
    [1e21, "1e+21"],
  ])("%j is formatted as %s", (raw, text) => {
    const value = toTypedValue(raw);
    expect(value !== null && toPythonText(value)).toBe(text);
  });
});

describe("Python's numbers", () => {
  test.each([
    ["5", 5],
    [" +5\n", 5],
    ["-007", -7],
    ["5_0", 50],
    ["٥", 5],
    ["𝟗", 9],
    ["\u001c5\u0085", 5],
    ["9007199254740993", 9007199254740993n],
  ])("int(%j) is %s", (text, expected) => {
    expect(parseNumber(text).integer).toBe(expected);
  });

  test.each(["", "1.0", "1e0", "5abc", "0x5", "5__0", "_5", "\ufeff5", "- 5"])(
    "int(%j) raises",
    (text) => {
      expect(parseNumber(text).integer).toBeUndefined();
    },
  );

  test.each([
    ["1e5", 1e5],
    [".5", 0.5],
    ["5.", 5],
    [" 5 ", 5],
    ["-inf", -Infinity],
    ["Infinity", Infinity],
    ["1_0.0_1e1_0", 10.01e10],
    ["nan", Number.NaN],
  ])("float(%j) is %s", (text, expected) => {
    expect(parseNumber(text).float).toBe(expected);
  });

  test.each(["", ".", "e5", "5abc", "0x5", "1__0", "infin", "1e", "5%"])(
    "float(%j) raises",
    (text) => {
      expect(parseNumber(text).float).toBeUndefined();
    },
  );

  test.each([
    [1e16, "1e+16"],
    [123456789012345.0, "123456789012345.0"],
    [1e15, "1000000000000000.0"],
    [-0.00001, "-1e-05"],
    [Infinity, "inf"],
  ])("repr(%s) is %s", (value, text) => {
    expect(formatFloat(value)).toBe(text);
  });
});
