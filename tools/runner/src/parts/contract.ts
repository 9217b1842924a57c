import { isSelected } from "../../../contract/src/contract.ts";
import { formatMatrix } from "../../../contract/src/host/matrix.ts";
import { readPacked } from "../../../contract/src/host/packed.ts";
import { runContract } from "../../../contract/src/host/run.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";
import { createSelectionFailure } from "./selection.ts";

/** Runs the contract on the selected runtimes. */
export const run: RunPart = async ({ runtimes, caseTexts }, { group, progress }) => {
  const { consumer } = await readPacked();
  const all = await runContract(consumer, {
    runtimes,
    caseTexts,
    onResults: ({ runtime, results, seconds }) => {
      const reported = groupResults(runtime, results, seconds);
      const { passed, failures } = reported;
      progress(
        `  ${runtime}: ${passed} passed, ${failures.length} failed, ${seconds.toFixed(1)} s`,
      );
      group(reported);
    },
  });
  console.log(formatMatrix(all));
  // A runtime that is not available has no cases.
  const ran = all.flatMap(({ results }) => results).filter(({ skipped }) => skipped === undefined);
  if (ran.length > 0 && !ran.some(({ name }) => isSelected(caseTexts, name))) {
    group(createSelectionFailure(caseTexts));
  }
};
