import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { drawCharts, type GeneratedFile, root } from "../src/charts.ts";
import { drawDiagrams } from "../src/diagrams.ts";
import { drawGraph, joinCycles, reduce } from "../src/graph.ts";
import { readNumber, readTable } from "../src/tables.ts";

describe("npm run figures has been run", () => {
  test.each(drawCharts())("$path shows the numbers of its table", expectUpToDate);

  test("the diagrams show the imports of the code", async () => {
    expectUpToDate(await drawDiagrams());
  });
});

test("a table is found by a cell of its header", () => {
  const markdown = "| a | b |\n| - | - |\n| 1 | 2 |\n\n| c |\n| - |\n| 1,234.5/s (2×) |";
  expect(readTable(markdown, "b")).toEqual([{ a: "1", b: "2" }]);
  expect(readNumber(readTable(markdown, "c")[0]?.["c"])).toBe(1234.5);
  expect(() => readTable(markdown, "d")).toThrow('No table has the column "d".');
});

test("a diagram joins cycles, and leaves out what is reached indirectly", () => {
  const graph = new Map([
    ["a", new Set(["b", "d"])],
    ["b", new Set(["c", "d"])],
    ["c", new Set(["b"])],
    ["d", new Set<string>()],
  ]);
  const reduced = reduce(joinCycles(graph));
  expect(Object.fromEntries(reduced)).toEqual({
    a: new Set(["b, c"]),
    "b, c": new Set(["d"]),
    d: new Set(),
  });
  expect(drawGraph(reduced)).toContain('b_c["b<br>c"]');
});

function expectUpToDate({ path, text }: GeneratedFile): void {
  expect(readFileSync(join(root, path), "utf8")).toBe(text);
}
