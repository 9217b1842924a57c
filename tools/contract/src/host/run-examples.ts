import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandRuntime, commandRuntimes, deno, denoCheck } from "runtimes";
import type { ContractResult } from "../contract.ts";
import { exampleFolder } from "./example-answers.ts";
import { type Settings, withExampleApi } from "./example-api.ts";
import { askEdgeFunction, askMiddleware } from "./example-edge-functions.ts";
import { askScript, askServer, runToEnd } from "./example-processes.ts";
import { askCronWorker, askDurableObjectWorker, askWebhookWorker } from "./example-stores.ts";
import { askWorker } from "./example-workers.ts";

/** Runs each example on its own runtime, and asks it for flags that differ between two users. */
export function runExamples(consumer: string): Promise<ContractResult[]> {
  return withExampleApi(({ settings }) =>
    resultsOf({
      ...serverRuns(settings),
      ...denoRuns(settings, consumer),
      ...isolateRuns(settings),
      ...storeRuns,
    }),
  );
}

/** What to do for each test, by its name; it throws where the test fails. */
type Runs = Readonly<Record<string, () => Promise<unknown>>>;

function serverRuns(settings: Settings): Runs {
  const ask = (runtime: CommandRuntime, folder: string, script: string) => () =>
    askServer({ ...runtime, folder, script, env: { ...runtime.env, ...settings } });
  const node = runtimeNamed("Node 24");
  const bun = runtimeNamed("Bun");
  return {
    "node-express answers on Node 24": ask(node, "node-express", "src/server.ts"),
    "bun answers on Bun": ask(bun, "bun", "src/server.ts"),
    "hono answers on Node 24": ask(node, "hono", "src/node.ts"),
    "hono answers on Bun": ask(bun, "hono", "src/bun.ts"),
  };
}

function denoRuns(settings: Settings, consumer: string): Runs {
  const permissions = [
    `--allow-net=${new URL(settings.FLAGSMITH_API_URL).host}`,
    `--allow-env=${Object.keys(settings).join()}`,
  ];
  const example = { folder: "deno", script: "main.ts" };
  return {
    "deno prints its answer on Deno": () =>
      askScript({
        ...deno,
        ...example,
        args: [...(deno.args ?? []), ...permissions],
        env: { ...deno.env, ...settings },
      }),
    // There it finds the packages as users get them, which is what Deno's compiler can resolve.
    "deno passes Deno's own compiler": async () => {
      const script = join(consumer, "deno-example.ts");
      await copyFile(join(exampleFolder(example.folder), example.script), script);
      await runToEnd({ ...denoCheck, ...example, script, env: denoCheck.env ?? {} });
    },
  };
}

function isolateRuns(settings: Settings): Runs {
  return {
    "worker answers on workerd": () => askWorker("worker", settings),
    "hono answers on workerd": () => askWorker("hono", settings),
    "vercel-edge answers on edge-runtime": () =>
      askEdgeFunction("vercel-edge", "api/items.ts", settings),
    "next-middleware rewrites by a flag on edge-runtime": () => withExampleApi(askMiddleware),
  };
}

const storeRuns: Runs = {
  "worker-kv-webhook: a webhook to one isolate changes what another answers": askWebhookWorker,
  "worker-cron: a Cron Trigger spares new isolates the API": askCronWorker,
  "worker-durable-object: its alarm keeps the store fresh": askDurableObjectWorker,
};

function runtimeNamed(name: string): CommandRuntime {
  const runtime = commandRuntimes.find((candidate) => candidate.name === name);
  if (runtime === undefined) throw new Error(`There is no runtime ${name}.`);
  return runtime;
}

/** One after the other: each starts a runtime of its own. */
async function resultsOf(runs: Runs): Promise<ContractResult[]> {
  const results: ContractResult[] = [];
  for (const [name, run] of Object.entries(runs)) {
    try {
      await run();
      results.push({ name });
    } catch (error) {
      const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
      results.push({ name, failure });
    }
  }
  return results;
}
