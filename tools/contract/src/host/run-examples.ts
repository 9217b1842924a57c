import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { createFlagsmithApi, type EnvironmentDocument } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { environmentDocument } from "recordings";
import { type CommandRuntime, commandRuntimes, deno, denoCheck } from "runtimes";
import type { ContractResult } from "../contract.ts";
import { exampleFolder } from "./example-answers.ts";
import { askEdgeFunction, askWorker } from "./example-isolates.ts";
import { askScript, askServer, runToEnd } from "./example-processes.ts";

/** Runs each example on its own runtime, and asks it for flags that differ between two users. */
export async function runExamples(consumer: string): Promise<ContractResult[]> {
  const api = createFlagsmithApi({ document: quietDocument() });
  const served = await serveFlagsmithApi(api);
  const settings: Settings = {
    FLAGSMITH_ENVIRONMENT_KEY: api.environmentKey,
    FLAGSMITH_API_URL: served.url,
  };
  try {
    return await resultsOf({
      ...serverRuns(settings),
      ...denoRuns(settings, consumer),
      ...isolateRuns(settings),
    });
  } finally {
    await served.close();
  }
}

interface Settings extends Readonly<Record<string, string>> {
  readonly FLAGSMITH_ENVIRONMENT_KEY: string;
  readonly FLAGSMITH_API_URL: string;
}

/** What to do for each test, by its name; it throws where the test fails. */
type Runs = Readonly<Record<string, () => Promise<unknown>>>;

/** The recorded document without the segment of which clients must warn. */
function quietDocument(): EnvironmentDocument {
  const { project } = environmentDocument;
  const segments = project.segments?.filter(({ name }) => name !== "bad_regex");
  return { ...environmentDocument, project: { ...project, ...(segments && { segments }) } };
}

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
    "worker answers on workerd": () => askWorker(exampleFolder("worker"), settings),
    "hono answers on workerd": () => askWorker(exampleFolder("hono"), settings),
    "vercel-edge answers on edge-runtime": () =>
      askEdgeFunction(exampleFolder("vercel-edge"), "api/items.ts", settings),
  };
}

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
