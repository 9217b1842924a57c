import { resolve } from "node:path";
import {
  commandRuntimes,
  deno,
  edgeRuntime,
  findUnavailability,
  type Runtime,
  toolsNode,
  workerd,
} from "runtimes";
import type { ContractResult } from "../contract.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import type { SuiteSetup } from "../run-suite.ts";
import { bundleForNode } from "./bundle.ts";
import type { EdgeRuntimeSetup } from "./edge-runtime-process.ts";
import { runScript } from "./run-command.ts";
import { runOnDeno } from "./run-on-deno.ts";
import { runOnNode, runSuiteOnNode } from "./run-on-node.ts";
import { serveCorpora } from "./serve-corpora.ts";
import { findWorkerdUnavailability } from "./workerd-availability.ts";

/** Results of the contract on one runtime, in one module format. */
export interface RuntimeResults {
  /** Name of the runtime and format. */
  readonly runtime: string;
  readonly results: readonly ContractResult[];
  readonly seconds: number;
}

/** Settings of {@link runContract}. */
interface ContractRunOptions {
  /** Ids of the runtimes; empty for all. */
  readonly runtimes: readonly string[];
  /** Texts that select cases by name; empty for all. */
  readonly caseTexts: readonly string[];
  /** Called with the results of each runtime as soon as it has ended. */
  readonly onResults: (results: RuntimeResults) => void;
}

/** A run of the suite on one runtime. */
interface ContractRun {
  readonly runtime: Runtime;
  /** Name of the runtime and format. */
  readonly title: string;
  /** Reason why the runtime is not available on this machine. */
  readonly unavailability: string | undefined;
  readonly run: (
    setup: Omit<SuiteSetup, "apisUrl" | "storeFolder">,
  ) => Promise<readonly ContractResult[]>;
}

/** Number of runs at once. A run waits for two thirds of its time, so this suits a machine with two processors. */
const maxConcurrentRuns = 8;

/**
 * Runs the suite, from the installed tarballs, on every selected runtime and in each module format that the
 * packages have for it. A run that breaks down is one failure, and does not affect the others.
 */
export async function runContract(
  consumer: string,
  { runtimes, caseTexts, onResults }: ContractRunOptions,
): Promise<readonly RuntimeResults[]> {
  const selected = (await createRuns(consumer)).filter(
    ({ runtime }) => runtimes.length === 0 || runtimes.includes(runtime.id),
  );
  const corpora = await serveCorpora();
  const setup = { caseTexts, ...(corpora !== undefined && { corporaUrl: corpora.url }) };
  try {
    // Those at the end of the list take longest, so they start first.
    const all = await mapConcurrently(selected.reverse(), maxConcurrentRuns, async (run) => {
      const results = await execute(run, setup);
      onResults(results);
      return results;
    });
    return all.reverse();
  } finally {
    corpora?.close();
  }
}

async function execute(
  { title, unavailability, run }: ContractRun,
  setup: Omit<SuiteSetup, "apisUrl" | "storeFolder">,
): Promise<RuntimeResults> {
  const startedAt = performance.now();
  const finish = (results: readonly ContractResult[]): RuntimeResults => ({
    runtime: title,
    results,
    seconds: (performance.now() - startedAt) / 1000,
  });
  if (unavailability !== undefined) return finish([{ name: "all cases", skipped: unavailability }]);
  try {
    return finish(await run(setup));
  } catch (error) {
    const failure = error instanceof Error ? `${error.stack}` : String(error);
    return finish([{ name: "the suite runs to its end", failure }]);
  }
}

async function createRuns(consumer: string): Promise<readonly ContractRun[]> {
  const scripts = await bundleForNode(consumer, "on-node");
  const endScripts = await bundleForNode(consumer, "process-end-on-node");
  const onNode = commandRuntimes.flatMap((runtime) =>
    scripts.map(({ format, path: script }, index): ContractRun => {
      const endScript = endScripts[index]?.path ?? script;
      return {
        runtime,
        title: `${runtime.name} (${format})`,
        unavailability: findUnavailability(runtime),
        run: (setup) => runOnNode(runtime, { script, endScript }, setup),
      };
    }),
  );
  const throughUndici = scripts
    .filter(({ format }) => format === "esm")
    .map(
      ({ path }): ContractRun => ({
        runtime: toolsNode,
        title: `${toolsNode.name} (undiciFetch)`,
        unavailability: undefined,
        run: (setup) => runSuiteOnNode(toolsNode, path, { ...setup, usesUndici: true }),
      }),
    );
  return [
    ...onNode,
    ...throughUndici,
    {
      runtime: deno,
      title: `${deno.name} (esm)`,
      unavailability: findUnavailability(deno),
      run: (setup) => runOnDeno(consumer, setup),
    },
    {
      runtime: workerd,
      title: workerd.name,
      unavailability: findWorkerdUnavailability(),
      run: async (setup) => {
        const { runOnWorkerd } = await import("./run-on-workerd.ts");
        return runOnWorkerd(consumer, setup);
      },
    },
    {
      runtime: edgeRuntime,
      title: edgeRuntime.name,
      unavailability: undefined,
      run: (setup) => {
        // A process of its own: the runtime evaluates code in the event loop of its host.
        const script = resolve(import.meta.dirname, "edge-runtime-process.ts");
        const edgeSetup: EdgeRuntimeSetup = { consumer, ...setup };
        return runScript({ program: toolsNode.program, script }, edgeSetup);
      },
    },
  ];
}
