import * as engine from "@flagsmith-isomorphic/core/engine";
import { expect } from "chai";
import { type Corpora, judge, lostInJson } from "corpora";
import { type ContractResult, runCases } from "../contract.ts";

const name = "the engine agrees with the conformance cases, corpora and grid";

/** The engine of the installed package, judged on this runtime by the corpora behind a URL. */
export async function corpusResults(url: string | undefined): Promise<ContractResult[]> {
  if (url === undefined) return [{ name, skipped: "the corpora are not at hand" }];
  return runCases([
    {
      name,
      run: async () => {
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
  ]);
}
