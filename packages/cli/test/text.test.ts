import { expect, test } from "vitest";
import { createPaint, cutCommonStart, formatTable, formatValue } from "../src/text.ts";

test.each([
  [null, "-"],
  [undefined, "-"],
  [true, "true"],
  ["true", '"true"'],
  ["truest", "truest"],
  ["untrue", "untrue"],
  [42, "42"],
  ["42", '"42"'],
  ["-", '"-"'],
  ["version 2", "version 2"],
  ["", '""'],
  [" free", '" free"'],
  ["free ", '"free "'],
  ["for free", "for free"],
  ['"free"', '"\\"free\\""'],
  ["two\nlines", '"two\\nlines"'],
  ["x".repeat(60), "x".repeat(60)],
  ["🙂".repeat(61), `${"🙂".repeat(59)}…`],
])("the value %j is printed as %s", (value, text) => {
  expect(formatValue(value)).toBe(text);
});

test("a table has columns as wide as their longest cell, without spaces at the end", () => {
  const painted = { text: "on", painted: "<on>" };
  expect(
    formatTable(
      ["FLAG", "STATE", ""],
      [
        ["a", painted, ""],
        ["日本", "off", "x"],
      ],
    ),
  ).toBe("FLAG  STATE\na     <on>\n日本  off    x\n");
});

test.each([
  [{}, "\u001b[31mno\u001b[0m"],
  [{ TERM: "xterm" }, "\u001b[31mno\u001b[0m"],
  [{ TERM: "dumb" }, "no"],
  [{ NO_COLOR: "1" }, "no"],
])("a terminal with %j gets %j", (env, text) => {
  const terminal = { isTerminal: true, write: () => undefined };
  expect(createPaint(terminal, env)("no", "red")).toBe(text);
});

const start = "🙂".repeat(60);

test.each<readonly [string, unknown, unknown, readonly unknown[]]>([
  ["long texts", `${start}a`, `${start}b`, [`…${start.slice(-20)}a`, `…${start.slice(-20)}b`]],
  [
    "a text and a longer one",
    start,
    `${start}b`,
    [`…${start.slice(-20)}`, `…${start.slice(-20)}b`],
  ],
  ["long texts with different starts", `a${start}`, `b${start}`, [`a${start}`, `b${start}`]],
  ["equal texts", start, start, [start, start]],
  ["short texts", "version 1.2.3", "version 1.2.4", ["version 1.2.3", "version 1.2.4"]],
  ["a text and no value", start, null, [start, null]],
])("the common start of %s is cut as far as needed", (_kind, one, other, expected) => {
  expect(cutCommonStart(one, other)).toEqual(expected);
});
