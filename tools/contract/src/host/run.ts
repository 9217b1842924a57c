import { resolve } from "node:path";
import { commandRuntimes, deno } from "runtimes";
import type { ContractResult } from "../contract.ts";
import { bundleForNode } from "./bundle.ts";
import type { EdgeRuntimeSetup } from "./edge-runtime-process.ts";
import { processEndResults } from "./process-end.ts";
import { runScript, runSuiteScript, type ScriptCommand } from "./run-command.ts";
import { runOnDeno } from "./run-on-deno.ts";
import { runOnWorkerd } from "./run-on-edge.ts";
import { serveCorpora } from "./serve-corpora.ts";

/** What one runtime made of the suite. */
export interface RuntimeResults {
  readonly runtime: string;
  readonly results: readonly ContractResult[];
}

const edgeRuntime: ScriptCommand = {
  program: process.execPath,
  script: resolve(import.meta.dirname, "edge-runtime-process.ts"),
};

/** Runs the suite on every runtime, in each format the packages have for it, from the installed tarballs. */
export async function runOnAllRuntimes(consumer: string): Promise<RuntimeResults[]> {
  const scripts = await bundleForNode(consumer, "on-node");
  const endingScripts = await bundleForNode(consumer, "process-end-on-node");
  const corpora = await serveCorpora();
  const all: RuntimeResults[] = [];
  try {
    for (const { name, ...command } of commandRuntimes) {
      // Both at once: the suite spends its time waiting.
      const runs = scripts.map(async ({ format, path }, index) => {
        const results = await Promise.all([
          runSuiteScript({ ...command, script: path }, corpora?.url),
          processEndResults({ ...command, script: endingScripts[index]?.path ?? path }),
        ]);
        return { runtime: `${name} (${format})`, results: results.flat() };
      });
      all.push(...(await Promise.all(runs)));
    }
    const onDeno = await runOnDeno(consumer, corpora?.url);
    all.push({ runtime: `${deno.name} (esm)`, results: onDeno });
    const [onWorkerd, onEdgeRuntime] = await Promise.all([
      runOnWorkerd(consumer, corpora?.url),
      runScript(edgeRuntime, { consumer, corporaUrl: corpora?.url } satisfies EdgeRuntimeSetup),
    ]);
    all.push({ runtime: "workerd", results: onWorkerd });
    all.push({ runtime: "edge-runtime", results: onEdgeRuntime });
  } finally {
    corpora?.close();
  }
  return all;
}
