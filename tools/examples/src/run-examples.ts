import { readdirSync } from "node:fs";
import { bun, type CommandRuntime, deno, findUnavailability, lowestNodeOfExamples } from "runtimes";
import { type ContractResult, type PlainCase, runCases } from "../../contract/src/contract.ts";
import { findWorkerdUnavailability } from "../../contract/src/host/workerd-availability.ts";
import { type ExampleSettings, withExampleApi } from "./example-api.ts";
import { checkEdgeFunction } from "./example-edge-functions.ts";
import { checkScript, checkServer } from "./example-processes.ts";
import { findScriptRuntime, runTestScript } from "./example-scripts.ts";

/** Runs the copied examples: their own tests, and each against an API, whose flags differ between two users. */
export function runExamples(root: string): Promise<ContractResult[]> {
  return withExampleApi(({ settings }) =>
    runCases([
      ...createTestCases(root),
      ...createServerCases(root, settings),
      createDenoCase(root, settings),
      ...createWorkerCases(root, settings),
      {
        name: "vercel-edge answers on edge-runtime",
        run: () => checkEdgeFunction(root, "vercel-edge", "api/items.ts", settings),
      },
    ]),
  );
}

function createTestCases(root: string): readonly PlainCase[] {
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => {
    const runtime = findScriptRuntime(name);
    return skipUnlessAvailable(findUnavailability(runtime), {
      name: `the test of ${name} passes on ${runtime.name}`,
      run: () => runTestScript(root, name),
    });
  });
}

function createServerCases(root: string, settings: ExampleSettings): readonly PlainCase[] {
  const createCase = (runtime: CommandRuntime, example: string, script: string, exit?: string) =>
    skipUnlessAvailable(findUnavailability(runtime), {
      name: `${example} answers on ${runtime.name}`,
      run: () =>
        checkServer(
          { ...runtime, root, example, script, env: { ...runtime.env, ...settings } },
          exit,
        ),
    });
  return [
    createCase(lowestNodeOfExamples, "express", "src/server.ts"),
    createCase(bun, "bun", "src/server.ts"),
    createCase(lowestNodeOfExamples, "hono", "src/node.ts"),
    // Bun starts the server of app.ts itself, and ends with the signal.
    createCase(bun, "hono", "src/app.ts", "SIGTERM"),
  ];
}

function createDenoCase(root: string, settings: ExampleSettings): PlainCase {
  const permissions = [
    `--allow-net=${new URL(settings.FLAGSMITH_API_URL).host}`,
    `--allow-env=${Object.keys(settings).join()}`,
  ];
  return skipUnlessAvailable(findUnavailability(deno), {
    name: "deno prints its answer on Deno",
    run: () =>
      checkScript({
        ...deno,
        root,
        example: "deno",
        script: "main.ts",
        args: [...(deno.args ?? []), ...permissions],
        env: { ...deno.env, ...settings },
      }),
  });
}

function createWorkerCases(root: string, settings: ExampleSettings): readonly PlainCase[] {
  // Miniflare cannot be imported where workerd is not available.
  const workers = () => import("./example-workers.ts");
  const stores = () => import("./example-stores.ts");
  const cases: readonly PlainCase[] = [
    {
      name: "hono answers on workerd",
      run: async () => (await workers()).checkWorker(root, "hono", settings),
    },
    {
      name: "worker-kv-webhook: a webhook to one isolate changes what another answers",
      run: async () => (await stores()).checkWebhookWorker(root),
    },
    {
      name: "worker-cron: a Cron Trigger fills the store for new isolates",
      run: async () => (await stores()).checkCronWorker(root),
    },
    {
      name: "worker-durable-object: its alarm keeps the store fresh",
      run: async () => (await stores()).checkDurableObjectWorker(root),
    },
  ];
  const unavailability = findWorkerdUnavailability();
  return cases.map((testCase) => skipUnlessAvailable(unavailability, testCase));
}

function skipUnlessAvailable(skipReason: string | undefined, testCase: PlainCase): PlainCase {
  return skipReason === undefined ? testCase : { ...testCase, skipReason };
}
