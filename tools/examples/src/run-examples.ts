import { readdirSync } from "node:fs";
import { join } from "node:path";
import { bun, type CommandRuntime, deno, findUnavailability, lowestNodeOfExamples } from "runtimes";
import { type ContractResult, type PlainCase, runCases } from "../../contract/src/contract.ts";
import { findWorkerdUnavailability } from "../../contract/src/host/workerd-availability.ts";
import { type ExampleSettings, withExampleApi } from "./example-api.ts";
import { checkEdgeFunction } from "./example-edge-functions.ts";
import { checkScript, checkServer } from "./example-processes.ts";
import { findScriptRuntime, runScript } from "./example-scripts.ts";

/** Runs the copied examples that no framework builds: their own tests, and each against an API, whose flags differ between two users. */
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

/** Runs the copied examples that a framework builds. */
export function runFrameworkExamples(root: string): Promise<ContractResult[]> {
  return withExampleApi(({ settings }) =>
    runCases([
      ...createTestCases(root),
      skipUnlessAvailable(findWorkerdUnavailability(), {
        name: "nitro: its build for Cloudflare answers on workerd",
        run: async () => {
          await runScript(root, "nitro", "build:worker");
          const { checkBuiltWorker } = await import("./example-workers.ts");
          await checkBuiltWorker(join(root, "nitro/.output/server/index.mjs"), settings);
        },
      }),
    ]),
  );
}

function createTestCases(root: string): readonly PlainCase[] {
  return readdirSync(root).map((name) => {
    const runtime = findScriptRuntime(name);
    return skipUnlessAvailable(findUnavailability(runtime), {
      name: `the test of ${name} passes on ${runtime.name}`,
      run: () => runScript(root, name, "test"),
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
    createCase(lowestNodeOfExamples, "fastify", "src/server.ts"),
    createCase(lowestNodeOfExamples, "openfeature", "src/server.ts"),
    createCase(lowestNodeOfExamples, "opentelemetry", "src/server.ts"),
    // NestJS ends with the signal, after its shutdown hooks.
    createCase(createTsxNode(), "nestjs", "src/server.ts", "SIGTERM"),
    createCase(bun, "bun", "src/server.ts"),
    createCase(lowestNodeOfExamples, "hono", "src/node.ts"),
    // Bun starts the server of app.ts itself, and ends with the signal.
    createCase(bun, "hono", "src/app.ts", "SIGTERM"),
  ];
}

/** Node.js with tsx, for TypeScript with decorators. */
function createTsxNode(): CommandRuntime {
  const { name } = lowestNodeOfExamples;
  return { ...lowestNodeOfExamples, name: `${name} with tsx`, args: ["--import", "tsx"] };
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
      name: "a bundle for Node.js refuses to run on workerd",
      run: async () => (await workers()).checkNodeBundleInWorker(join(root, "worker")),
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
