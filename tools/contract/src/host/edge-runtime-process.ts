// Runs the suite in the Vercel Edge Runtime and prints the results, in a process of its own: the runtime
// evaluates code in the event loop of its host, so that nothing else in this process runs meanwhile.
import { EdgeRuntime } from "edge-runtime";
import { type ContractResult, isSelected, runCases } from "../contract.ts";
import type { SuiteSetup } from "../run-suite.ts";
import { printingListener, printLine } from "../suite-output.ts";
import { bundleForEdge } from "./bundle.ts";
import { createEdgeConfigCases } from "./edge-config-requests.ts";
import { createIsolateCases } from "./isolate-requests.ts";
import { fetchSuiteCases } from "./isolate-suite.ts";

/** Setup that the host passes to this script. */
export interface EdgeRuntimeSetup extends Omit<SuiteSetup, "apisUrl" | "storeFolder"> {
  readonly consumer: string;
}

async function runOnEdgeRuntime({ consumer, corporaUrl, caseTexts }: EdgeRuntimeSetup) {
  const runtime = new EdgeRuntime({
    initialCode: await bundleForEdge(consumer, "on-edge-runtime", {
      format: "iife",
      condition: "edge-light",
    }),
  });
  const post = async (path: string, body: object) => {
    const init = { method: "POST", body: JSON.stringify(body) };
    return (await runtime.dispatchFetch(`http://edge${path}`, init)).text();
  };
  const cases = [
    ...(await fetchSuiteCases(post, corporaUrl)),
    ...createIsolateCases({ send: (body) => post("/isolate", body), begin: undefined }),
    ...createEdgeConfigCases((url, init) => runtime.dispatchFetch(url, init)),
  ];
  await runCases(
    cases.filter(({ name }) => isSelected(caseTexts, name)),
    printingListener,
  );
  const unhandled: ContractResult = JSON.parse(await post("/unhandled", {}));
  printLine(unhandled);
  printLine({ isDone: true });
}

await runOnEdgeRuntime(JSON.parse(process.argv[2] ?? "{}"));
