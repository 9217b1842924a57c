import { describe, expect, it } from "vitest";
import { addUp, formatDetails, formatTable, formatTotal, groupResults } from "../src/results.ts";

const results = [
  { name: "passes" },
  { name: "fails", failure: "Error: 1 is not 2" },
  { name: "cannot run", skipped: "there is no package for darwin on arm64" },
];

describe("results", () => {
  it("are counted as passed, failed or skipped", () => {
    expect(addUp([groupResults("Deno", results)])).toEqual({ passed: 1, failed: 1, skipped: 1 });
  });

  it("add up, with failures and skips that another tool has counted", () => {
    const unit = { ...groupResults("", []), passed: 10, otherFailures: 2, otherSkips: 3 };
    const totals = addUp([groupResults("Deno", results), unit]);
    expect(totals).toEqual({ passed: 11, failed: 3, skipped: 4 });
    expect(formatTotal(totals)).toBe("11 passed, 3 failed");
  });

  it("are listed with their part and group if they failed or were skipped", () => {
    const report = { part: "contract", groups: [groupResults("Deno", results)], seconds: 1 };
    expect(formatDetails([report])).toEqual([
      "FAILED contract, Deno: fails\nError: 1 is not 2\n",
      "skipped contract, Deno: cannot run: there is no package for darwin on arm64",
    ]);
  });

  it("form a table with a line for each part, and for each of several groups", () => {
    const lint = { part: "lint", groups: [groupResults("", [{ name: "a" }])], seconds: 1.25 };
    const groups = [groupResults("Node 24 (esm)", results, 30), groupResults("Deno", results)];
    expect(formatTable([lint, { part: "contract", groups, seconds: 61 }])).toEqual([
      "part             passed  failed  skipped  seconds",
      "lint                  1       0        0      1.3",
      "contract              2       2        2     61.0",
      "  Deno                1       1        1         ",
      "  Node 24 (esm)       1       1        1     30.0",
    ]);
  });
});
