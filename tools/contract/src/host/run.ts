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

/**
 * Runs the suite on every runtime, in each format the packages have for it, from the installed tarballs: some
 * at once, for it spends its time waiting.
 */
export async function runOnAllRuntimes(consumer: string): Promise<RuntimeResults[]> {
  const corpora = await serveCorpora();
  const corporaUrl = corpora?.url;
  try {
    const [commands, onDeno] = await Promise.all([
      runOnCommands(consumer, corporaUrl),
      runOnDeno(consumer, corporaUrl),
    ]);
    const [onWorkerd, onEdgeRuntime] = await Promise.all([
      runOnWorkerd(consumer, corporaUrl),
      runScript(edgeRuntime, { consumer, corporaUrl } satisfies EdgeRuntimeSetup),
    ]);
    return [
      ...commands,
      { runtime: `${deno.name} (esm)`, results: onDeno },
      { runtime: "workerd", results: onWorkerd },
      { runtime: "edge-runtime", results: onEdgeRuntime },
    ];
  } finally {
    corpora?.close();
  }
}

async function runOnCommands(
  consumer: string,
  corporaUrl: string | undefined,
): Promise<RuntimeResults[]> {
  const scripts = await bundleForNode(consumer, "on-node");
  const endingScripts = await bundleForNode(consumer, "process-end-on-node");
  const all: RuntimeResults[] = [];
  for (const { name, ...command } of commandRuntimes) {
    const runs = scripts.map(async ({ format, path }, index) => {
      const results = await Promise.all([
        runSuiteScript({ ...command, script: path }, corporaUrl),
        processEndResults({ ...command, script: endingScripts[index]?.path ?? path }),
      ]);
      return { runtime: `${name} (${format})`, results: results.flat() };
    });
    all.push(...(await Promise.all(runs)));
  }
  return all;
}
