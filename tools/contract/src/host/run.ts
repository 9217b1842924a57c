import { commandRuntimes } from "runtimes";
import type { ContractResult } from "../contract.ts";
import { bundleSuite } from "./bundle.ts";
import { runScript } from "./run-command.ts";
import { serveCorpora } from "./serve-corpora.ts";

/** What one runtime made of the suite. */
export interface RuntimeResults {
  readonly runtime: string;
  readonly results: readonly ContractResult[];
}

/** Runs the suite on every runtime, by import and by require, from the installed tarballs. */
export async function runOnAllRuntimes(consumer: string): Promise<RuntimeResults[]> {
  const scripts = await bundleSuite(consumer);
  const corpora = await serveCorpora();
  if (corpora === undefined)
    console.log("The corpora are not at hand: no runtime is judged by them.");
  const all: RuntimeResults[] = [];
  try {
    for (const { name, program } of commandRuntimes) {
      // Both at once: the suite spends its time waiting.
      const runs = scripts.map(async ({ format, path }) => ({
        runtime: `${name} (${format})`,
        results: await runScript(program, path, corpora?.url),
      }));
      all.push(...(await Promise.all(runs)));
    }
  } finally {
    corpora?.close();
  }
  return all;
}
