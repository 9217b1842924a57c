import * as engine from "@flagsmith-isomorphic/core/engine";
import { expect } from "chai";
import { type Corpora, caseLostInJson, findDifferences } from "corpora";
import type { PlainCase } from "../contract.ts";

/** Compares the engine of the installed package with the corpora at a URL. Skipped without a URL. */
export function corpusCases(url: string | undefined): readonly PlainCase[] {
  return [
    {
      name: "engine: results equal those of the official engines in all corpora",
      ...(url === undefined && { skipReason: "the corpora are not available" }),
      run: async () => {
        const corpora = (await (await fetch(url ?? "")).json()) as Corpora;
        expect(corpora.contexts).to.have.lengthOf(1500);
        expect(findDifferences(engine, corpora)).to.deep.equal({
          conformance: [caseLostInJson],
          contexts: [],
          documents: [],
          grid: [],
        });
      },
    },
  ];
}
