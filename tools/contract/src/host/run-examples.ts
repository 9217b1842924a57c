import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { bun, type CommandRuntime, deno, denoCheck, findUnavailability, toolsNode } from "runtimes";
import { type ContractResult, type PlainCase, runCases } from "../contract.ts";
import { type ExampleSettings, withExampleApi } from "./example-api.ts";
import { checkEdgeFunction, checkMiddleware } from "./example-edge-functions.ts";
import { checkScript, checkServer, runToEnd } from "./example-processes.ts";
import { resolveExample } from "./example-responses.ts";
import { findWorkerdUnavailability } from "./workerd-availability.ts";

/** Runs each example on its own runtime, and checks its flags, which differ between two users. */
export function runExamples(consumer: string): Promise<ContractResult[]> {
  return withExampleApi(({ settings }) =>
    runCases([
      ...createServerCases(settings),
      ...createDenoCases(settings, consumer),
      ...createWorkerCases(settings),
      ...createEdgeFunctionCases(settings),
    ]),
  );
}

function createServerCases(settings: ExampleSettings): readonly PlainCase[] {
  const createCase = (runtime: CommandRuntime, folder: string, script: string) =>
    skipUnlessAvailable(findUnavailability(runtime), {
      name: `${folder} answers on ${runtime.name}`,
      run: () => checkServer({ ...runtime, folder, script, env: { ...runtime.env, ...settings } }),
    });
  return [
    createCase(toolsNode, "node-express", "src/server.ts"),
    createCase(bun, "bun", "src/server.ts"),
    createCase(toolsNode, "hono", "src/node.ts"),
    createCase(bun, "hono", "src/bun.ts"),
  ];
}

function createDenoCases(settings: ExampleSettings, consumer: string): readonly PlainCase[] {
  const permissions = [
    `--allow-net=${new URL(settings.FLAGSMITH_API_URL).host}`,
    `--allow-env=${Object.keys(settings).join()}`,
  ];
  const example = { folder: "deno", script: "main.ts" };
  const cases: readonly PlainCase[] = [
    {
      name: "deno prints its answer on Deno",
      run: () =>
        checkScript({
          ...deno,
          ...example,
          args: [...(deno.args ?? []), ...permissions],
          env: { ...deno.env, ...settings },
        }),
    },
    {
      name: "deno passes Deno's own compiler",
      run: async () => {
        // Deno's compiler resolves packages that are installed, and not those linked in the workspace.
        const script = join(consumer, "deno-example.ts");
        await copyFile(join(resolveExample(example.folder), example.script), script);
        await runToEnd({ ...denoCheck, ...example, script, env: denoCheck.env ?? {} });
      },
    },
  ];
  return cases.map((testCase) => skipUnlessAvailable(findUnavailability(deno), testCase));
}

function createWorkerCases(settings: ExampleSettings): readonly PlainCase[] {
  // Miniflare cannot be imported where workerd is not available.
  const workers = () => import("./example-workers.ts");
  const stores = () => import("./example-stores.ts");
  const cases: readonly PlainCase[] = [
    {
      name: "worker answers on workerd",
      run: async () => (await workers()).checkWorker("worker", settings),
    },
    {
      name: "hono answers on workerd",
      run: async () => (await workers()).checkWorker("hono", settings),
    },
    {
      name: "worker-kv-webhook: a webhook to one isolate changes what another answers",
      run: async () => (await stores()).checkWebhookWorker(),
    },
    {
      name: "worker-cron: a Cron Trigger fills the store for new isolates",
      run: async () => (await stores()).checkCronWorker(),
    },
    {
      name: "worker-durable-object: its alarm keeps the store fresh",
      run: async () => (await stores()).checkDurableObjectWorker(),
    },
  ];
  const unavailability = findWorkerdUnavailability();
  return cases.map((testCase) => skipUnlessAvailable(unavailability, testCase));
}

function createEdgeFunctionCases(settings: ExampleSettings): readonly PlainCase[] {
  return [
    {
      name: "vercel-edge answers on edge-runtime",
      run: () => checkEdgeFunction("vercel-edge", "api/items.ts", settings),
    },
    {
      name: "next-middleware rewrites by a flag on edge-runtime",
      run: () => withExampleApi(checkMiddleware),
    },
  ];
}

function skipUnlessAvailable(skipReason: string | undefined, testCase: PlainCase): PlainCase {
  return skipReason === undefined ? testCase : { ...testCase, skipReason };
}
