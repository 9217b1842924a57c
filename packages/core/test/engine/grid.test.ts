import { describe, expect, test } from "vitest";
import { getEvaluationResult, type TraitValue } from "../../src/engine.ts";
import { type Grid, hasCorpora, readJson } from "./corpora.ts";

/** Cells where the official engine raises, or whose outcome is not ruled. */
function isFree(operator: string, value: string, verdict: string | undefined): boolean {
  return verdict === "!" || (operator === "CONTAINS" && value.endsWith(":semver"));
}

describe.skipIf(!hasCorpora)("the grid of operators, traits and values", () => {
  const grid: Grid = hasCorpora
    ? readJson("engine", "grid.json")
    : { traits: [], values: [], python: {} };

  test.each(Object.entries(grid.python))("%s agrees in every cell", (operator, rows) => {
    const wrong: unknown[] = [];
    for (const [t, trait] of grid.traits.entries()) {
      for (const [v, value] of grid.values.entries()) {
        const verdict = rows[t]?.[v];
        const ours = holds(operator, trait as TraitValue, value) ? "T" : "F";
        if (ours !== verdict && !isFree(operator, value, verdict))
          wrong.push({ trait, value, verdict });
      }
    }
    expect(wrong).toEqual([]);
  });
});

function holds(operator: string, trait: TraitValue, value: string): boolean {
  const rules = [{ type: "ALL", conditions: [{ property: "trait", operator, value }] }];
  const { segments } = getEvaluationResult({
    environment: { key: "e", name: "e" },
    identity: { identifier: "i", key: "k", traits: { trait } },
    segments: { s: { key: "s", name: "s", rules } },
  });
  return segments.length === 1;
}
