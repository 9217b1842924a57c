import type { CommandRuntime } from "runtimes";
import { type ContractResult, isSelected, runCases } from "../contract.ts";
import type { SuiteSetup } from "../run-suite.ts";
import { createClockStepCases } from "./clock-steps.ts";
import { createFrozenProcessCases } from "./frozen-process.ts";
import { createProcessEndCases } from "./process-end.ts";
import { runScript } from "./run-command.ts";
import { withApisForCases } from "./served-apis.ts";
import { withStoreFolder } from "./store-folder.ts";

/** Runs the suite, and the cases about a process: its end, its freezing and its clock. On Node.js or Bun. */
export async function runOnNode(
  runtime: CommandRuntime,
  { script, endScript }: { readonly script: string; readonly endScript: string },
  setup: NodeSetup,
): Promise<ContractResult[]> {
  const command = { ...runtime, script: endScript };
  const processCases = [
    ...createProcessEndCases(command),
    ...createFrozenProcessCases(command),
    ...createClockStepCases(command),
  ];
  const results = await Promise.all([
    runSuiteOnNode(runtime, script, setup),
    runCases(processCases.filter(({ name }) => isSelected(setup.caseTexts, name))),
  ]);
  return results.flat();
}

/** Runs the suite on Node.js or Bun. */
export async function runSuiteOnNode(
  runtime: CommandRuntime,
  script: string,
  setup: NodeSetup,
): Promise<readonly ContractResult[]> {
  return withStoreFolder((storeFolder) =>
    withApisForCases((apisUrl) =>
      runScript({ ...runtime, script }, { ...setup, apisUrl, storeFolder } satisfies SuiteSetup),
    ),
  );
}

type NodeSetup = Omit<SuiteSetup, "apisUrl" | "storeFolder">;
