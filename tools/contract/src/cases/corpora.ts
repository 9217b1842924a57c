import * as engine from "@flagsmith-isomorphic/core/engine";
import { expect } from "chai";
import { type Corpora, judge, lostInJson } from "corpora";
import type { ContractCase } from "../contract.ts";

/** The engine of the installed package, judged on this runtime by the corpora behind a URL. */
export function corpusCases(url: string): readonly ContractCase[] {
  return [
    {
      name: "the engine agrees with the conformance cases, corpora and grid",
      async run() {
        const corpora = (await (await fetch(url)).json()) as Corpora;
        expect(corpora.contexts).to.have.lengthOf(1500);
        expect(judge(engine, corpora)).to.deep.equal({
          conformance: [lostInJson],
          contexts: [],
          documents: [],
          grid: [],
        });
      },
    },
  ];
}
