import { resolve } from "node:path";
import { type ContractResult, runCases } from "../../contract/src/contract.ts";
import { listExceptions } from "./exceptions.ts";
import { runWithOfficialProvider } from "./official-provider.ts";
import { readSpecification } from "./read-scenarios.ts";
import { type RuntimeScenarios, runOnRuntimes } from "./run-on-runtimes.ts";
import { modes, type Scenario, type ScenarioResult } from "./scenario.ts";

const root = resolve(import.meta.dirname, "../../..");
const shared = process.env["FLAGSMITH_SHARED"] ?? resolve(root, "../shared");

/** Runs OpenFeature's scenarios on every runtime, and prints how many pass. */
export async function runOpenFeature(consumer: string): Promise<ContractResult[]> {
  const specification = readSpecification(resolve(shared, "data/openfeature"));
  if (specification === undefined) {
    const skipped = "OpenFeature's files are not beside the checkout";
    return [{ name: "OpenFeature's scenarios", skipped }];
  }
  const { scenarios, testFlags } = specification;
  const all = await runOnRuntimes(consumer, specification);
  const official = await runWithOfficialProvider(scenarios, testFlags);
  console.log(formatTable(all, official, scenarios.length));
  return runCases(all.flatMap((runtime) => createCases(runtime, scenarios)));
}

function createCases(
  { runtime, skipReason, results }: RuntimeScenarios,
  scenarios: readonly Scenario[],
) {
  return modes.map((mode) => ({
    name: `${runtime}, ${mode.name}: all scenarios pass, except those that are listed`,
    ...(skipReason !== undefined && { skipReason }),
    run: async () => {
      const exceptions = listExceptions(mode);
      const ownResults = results.filter((result) => result.mode === mode.name);
      if (ownResults.length !== scenarios.length) throw new Error(`${ownResults.length} ran`);
      const differences = ownResults.filter(({ name, failure }) => {
        return (failure !== undefined) !== exceptions.has(name);
      });
      const unknown = [...exceptions].filter(
        (name) => !scenarios.some((each) => each.name === name),
      );
      const lines = [
        ...differences.map(({ name, failure }) => `${name}: ${failure ?? "passes"}`),
        ...unknown.map((name) => `${name}: no such scenario`),
      ];
      if (lines.length > 0) throw new Error(lines.join("\n"));
    },
  }));
}

/** Formats the scenarios that pass, by runtime and mode, with those of the official provider. */
function formatTable(
  all: readonly RuntimeScenarios[],
  official: readonly ScenarioResult[],
  count: number,
): string {
  const row = (title: string, results: readonly ScenarioResult[], skipReason?: string) => {
    const cells = modes.map(({ name }) => {
      const own = results.filter(({ mode }) => mode === name);
      return own.length === 0 ? "–" : String(own.filter(({ failure }) => !failure).length);
    });
    return `${title.padEnd(30)}${cells.map((cell) => cell.padEnd(27)).join("")}${skipReason ?? ""}`;
  };
  const head = `${`of ${count} scenarios`.padEnd(30)}${modes.map(({ name }) => name.padEnd(27)).join("")}`;
  const rows = all.map(({ runtime, results, skipReason }) => row(runtime, results, skipReason));
  return [head, ...rows, row("official provider, Node.js", official)].join("\n");
}
