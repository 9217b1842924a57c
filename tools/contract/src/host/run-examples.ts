import { commandRuntimes, deno, denoCheck } from "runtimes";
import { environmentKey } from "../client.ts";
import type { ContractResult } from "../contract.ts";
import { exampleFolder } from "./example-answers.ts";
import { askEdgeFunction, askWorker } from "./example-isolates.ts";
import { askScript, askServer, type ExampleCommand, runToEnd } from "./example-processes.ts";
import { withServedApis } from "./served-apis.ts";

/** Runs each example on its own runtime, and asks it for flags that differ between two users. */
export function runExamples(): Promise<ContractResult[]> {
  return withServedApis(undefined, async ({ url }) => {
    const settings = { FLAGSMITH_ENVIRONMENT_KEY: environmentKey, FLAGSMITH_API_URL: url };
    const command = (runtime: string, folder: string, script: string): ExampleCommand => {
      const { program, args, env } = runtimeNamed(runtime);
      return { program, args, folder, script, env: { ...env, ...settings } };
    };
    const denoScript = (args: readonly string[], ...permissions: readonly string[]) => ({
      ...deno,
      args: [...args, ...permissions],
      folder: "deno",
      script: "main.ts",
      env: { ...deno.env, ...settings },
    });
    const permissions = [
      `--allow-net=${new URL(url).host}`,
      `--allow-env=${Object.keys(settings).join()}`,
    ];
    const runs: readonly (readonly [name: string, run: () => Promise<void>])[] = [
      [
        "node-express on Node 24",
        () => askServer(command("Node 24", "node-express", "src/server.ts")),
      ],
      ["bun on Bun", () => askServer(command("Bun", "bun", "src/server.ts"))],
      ["deno on Deno", () => askScript(denoScript(deno.args ?? [], ...permissions))],
      [
        "deno passes Deno's compiler",
        () => runToEnd(denoScript(denoCheck.args ?? [])).then(() => undefined),
      ],
      ["worker on workerd", () => askWorker(exampleFolder("worker"), settings)],
      [
        "vercel-edge on edge-runtime",
        () => askEdgeFunction(exampleFolder("vercel-edge"), "api/items.ts", settings),
      ],
      ["hono on Node 24", () => askServer(command("Node 24", "hono", "src/node.ts"))],
      ["hono on Bun", () => askServer(command("Bun", "hono", "src/bun.ts"))],
      ["hono on workerd", () => askWorker(exampleFolder("hono"), settings)],
    ];
    const results: ContractResult[] = [];
    for (const [name, run] of runs) results.push(await resultOf(name, run));
    return results;
  });
}

function runtimeNamed(name: string) {
  const runtime = commandRuntimes.find((candidate) => candidate.name === name);
  if (runtime === undefined) throw new Error(`There is no runtime ${name}.`);
  return runtime;
}

async function resultOf(name: string, run: () => Promise<void>): Promise<ContractResult> {
  try {
    await run();
    return { name };
  } catch (error) {
    return {
      name,
      failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}
