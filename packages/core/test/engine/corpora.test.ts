import { caseLostInJson, casesComputedByHand, findDifferences } from "corpora";
import { hasCorpora, readCorpora } from "corpora/read";
import { describe, expect, test } from "vitest";
import * as engine from "../../src/engine/index.ts";
import { timeout } from "./support.ts";

describe.skipIf(!hasCorpora)("the engine and the official engines", { timeout }, () => {
  test("agree on every recorded case except the listed ones", () => {
    const corpora = readCorpora();
    expect(findDifferences(engine, corpora)).toEqual({
      conformance: [caseLostInJson],
      contexts: [],
      documents: [],
      grid: [],
    });
    expect(corpora.conformance).toHaveLength(139);
    expect(corpora.contexts).toHaveLength(1500);
    expect(corpora.documents).toHaveLength(500);
    expect(casesComputedByHand).toHaveLength(2);
  });
});
