import { hasCorpora } from "corpora/read";
import { type ContractResult, runCases } from "../../contract/src/contract.ts";
import { importClient, officialPackages } from "./clients.ts";
import { compareWith } from "./compare-clients.ts";
import { checkDocumentation } from "./documentation.ts";
import { checkSnippetTypes, copySnippets, runSnippet, snippets } from "./snippets.ts";

/** Checks that programs for Flagsmith's Node.js client only change their import, except for the listed differences. */
export async function checkCompatibility(): Promise<ContractResult[]> {
  copySnippets();
  const clients = await Promise.all(
    officialPackages.map(async (name) => ({ name, official: await importClient(name) })),
  );
  return runCases([
    { name: "docs/migration.md has the listed differences", run: async () => checkDocumentation() },
    ...snippets.map((name) => ({
      name: `${name} runs with another import`,
      run: () => runSnippet(name),
    })),
    { name: "the programs have the right types", run: checkSnippetTypes },
    {
      name: "the recorded documents of ../shared are asked",
      ...(!hasCorpora && { skipReason: "../shared is absent" }),
      run: async () => undefined,
    },
    ...clients.map(({ name, official }) => ({
      name: `${name} differs only where the list says so`,
      ...(official === undefined && { skipReason: "it is not installed" }),
      run: async () => official && compareWith(name, official),
    })),
  ]);
}
