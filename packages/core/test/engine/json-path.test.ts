import { describe, expect, test } from "vitest";
import { findFirstNode, parsePath } from "../../src/engine/json-path.ts";
import { attempt } from "../../src/engine/refusal.ts";
import { maxSteps } from "../../src/engine/work.ts";
import { timeout } from "./support.ts";

const root = {
  identity: {
    identifier: "me",
    traits: { a: { b: 1 }, "a.b": 2, "it's": 3, 'q"': 4, list: [5, [6]] },
  },
  environment: { key: "k", name: "n" },
  été: 7,
};

describe("a path", () => {
  test.each([
    ["$.identity.traits.a.b", 1],
    ["$.identity.traits['a.b']", 2],
    ["$.identity.traits['it\\'s']", 3],
    ['$.identity.traits["it\'s"]', 3],
    ["$.identity.traits['q\"']", 4],
    ['$.identity.traits["q\\""]', 4],
    ["$.identity.traits['\\u0061']['b']", 1],
    ["$.identity.traits.list[0]", 5],
    ["$.identity.traits.list[-1][0]", 6],
    ["$.été", 7],
    ["$.identity .identifier", "me"],
    ["$.environment.*", "k"],
    ["$.environment['x','name']", "n"],
    ["$.environment[ 'x' , 'name' ]", "n"],
    ["$..name", "n"],
    ["$..[0]", 5],
    ["$..b", 1],
    ["$.identity.traits.toString", undefined],
    ["$.identity.traits.list[2]", undefined],
    ["$.identity.identifier.length", undefined],
  ])("%s leads to %j", (text, expected) => {
    expect(findFirstNode(root, parsePath(text), { steps: 0 })).toBe(expected);
  });

  test.each([
    "$.",
    "$..",
    "$.a b",
    "$.é ",
    "$.1",
    "$.-",
    "$.[x]",
    "$.identity.[",
    "$.identity[",
    "$.a['x",
    "$.a[01]",
    "$.a[]",
    "$. a",
    "$.a['\\x']",
    "$.a.",
    "$.a[-0]",
  ])("%j is not a path", (text) => {
    expect(() => parsePath(text)).toThrow(SyntaxError);
  });

  test.each(["$.a[?@ == 'v']", "$.a[1:2]", "$.a[::2]", "$..[?@.b]"])(
    "%s is not supported",
    (text) => {
      const result = attempt<unknown>(
        () => parsePath(text),
        (reason) => reason,
      );
      expect(result).toMatch(/^not supported at "/);
    },
  );

  test("into deep or wide values ends", { timeout }, () => {
    let deep: unknown = 1;
    for (let i = 0; i < 20_000; i++) deep = { x: deep };
    const wide = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, {}]));
    for (const root of [deep, wide]) {
      const work = { steps: 0 };
      const find = () => findFirstNode(root, parsePath("$..*..*..*..*.y"), work);
      expect(attempt<unknown>(find, (reason) => reason)).toMatch(/steps/);
      expect(work.steps).toBeLessThan(maxSteps * 1.01);
    }
  });
});
