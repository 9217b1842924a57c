import type { CommandRuntime } from "runtimes";
import { type ContractResult, isSelected, runCases } from "../contract.ts";
import type { SuiteSetup } from "../run-suite.ts";
import { createFrozenProcessCases } from "./frozen-process.ts";
import { createProcessEndCases } from "./process-end.ts";
import { runScript } from "./run-command.ts";
import { withApisForCases } from "./served-apis.ts";
import { withStoreFolder } from "./store-folder.ts";

/** Runs the suite, and the cases about the end and the freezing of a process, on Node.js or Bun. */
export async function runOnNode(
  runtime: CommandRuntime,
  { script, endScript }: { readonly script: string; readonly endScript: string },
  setup: Omit<SuiteSetup, "apisUrl" | "storeFolder">,
): Promise<ContractResult[]> {
  const command = { ...runtime, script: endScript };
  const processCases = [...createProcessEndCases(command), ...createFrozenProcessCases(command)];
  const results = await Promise.all([
    withStoreFolder((storeFolder) =>
      withApisForCases((apisUrl) =>
        runScript({ ...runtime, script }, { ...setup, apisUrl, storeFolder } satisfies SuiteSetup),
      ),
    ),
    runCases(processCases.filter(({ name }) => isSelected(setup.caseTexts, name))),
  ]);
  return results.flat();
}
