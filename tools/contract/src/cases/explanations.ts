import { explain, formatExplanation } from "@flagsmith-isomorphic/core/explain";
import { expect } from "chai";
import { createClient } from "../client.ts";
import type { ContractCase } from "../contract.ts";

/** The trace of an evaluation, on every runtime. */
export const explanationCases: readonly ContractCase[] = [
  {
    name: "local: an explanation has the flag of the snapshot, and is JSON",
    async run(context) {
      const client = createClient(context, { enableLocalEvaluation: true });
      const snapshot = await client.getSnapshot();
      for (const identifier of ["user-1", undefined]) {
        const flags =
          identifier === undefined
            ? snapshot.environmentFlags()
            : snapshot.identityFlags(identifier);
        for (const { featureName, enabled, value, variant, reason } of flags.allFlags()) {
          const explanation = explain(snapshot, featureName, identifier);
          expect(explanation.flag).to.deep.equal({ enabled, value, variant, reason });
          expect(explanation.considered.filter(({ outcome }) => outcome === "won")).to.have.length(
            1,
          );
          expect(JSON.parse(JSON.stringify(explanation))).to.deep.equal(explanation);
          expect(formatExplanation(explanation)).to.include(`Reason: ${reason}`);
        }
      }
    },
  },
];
