import { expect, test } from "vitest";
import { parseIdentities } from "../src/csv.ts";

test("a sample may have empty lines, spaces and rows without an identifier", () => {
  const text = "identifier , plan,age\n\n alice , gold , 42\n\n,silver,\nbob,,\n";
  expect(parseIdentities(text, "sample.csv")).toEqual([
    { identifier: "alice", traits: { plan: "gold", age: 42 } },
    // An empty cell is no trait.
    { identifier: "bob", traits: {} },
  ]);
});

test("the column of the identifier may be called identity", () => {
  expect(parseIdentities("plan,identity\ngold,alice\n", "sample.csv")).toEqual([
    { identifier: "alice", traits: { plan: "gold" } },
  ]);
});
