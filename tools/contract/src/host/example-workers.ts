import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { bundleExample } from "./bundle-example.ts";
import { assertAnswers, exampleFolder, type ItemsAnswer, pathFor } from "./example-answers.ts";

/** A Worker that runs. */
export interface RunningWorker {
  /** What it answers for a user, as text. */
  readonly ask: (user: string) => Promise<string>;
  readonly itemsOf: (user: string) => Promise<ItemsAnswer>;
  /** The status of its answer to a webhook. */
  readonly postWebhook: (body: string, signature: string) => Promise<number>;
  /** Runs its handler of Cron Triggers; whether it went well. */
  readonly runCron: () => Promise<boolean>;
  /** All that is kept in its first KV namespace. */
  readonly stored: () => Promise<string>;
}

/** The part of an example's wrangler.json that it runs by. */
interface WranglerConfig {
  readonly main: string;
  readonly compatibility_date: string;
  readonly kv_namespaces?: readonly { readonly binding: string }[];
  readonly durable_objects?: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
  readonly triggers?: { readonly crons: readonly string[] };
}

/** Runs the Worker of an example, with the settings as its bindings, and asks it for flags. */
export function askWorker(example: string, settings: Readonly<Record<string, string>>) {
  return withWorkers(example, { settings, isolates: ["only"] }, ({ only }) =>
    assertAnswers(only.ask),
  );
}

/**
 * Runs the Worker of an example in several isolates, as many places of the world do: what its
 * wrangler.json names, namespaces and Durable Objects, they have in common.
 */
export async function withWorkers<Name extends string, T>(
  example: string,
  options: {
    readonly settings: Readonly<Record<string, string>>;
    readonly isolates: readonly [Name, ...Name[]];
  },
  run: (workers: Readonly<Record<Name, RunningWorker>>) => Promise<T>,
): Promise<T> {
  const folder = exampleFolder(example);
  const config: WranglerConfig = JSON.parse(await readFile(join(folder, "wrangler.json"), "utf8"));
  const script = await bundleExample({
    entryPoints: [join(folder, config.main)],
    format: "esm",
    external: ["cloudflare:workers"],
  });
  const [first] = options.isolates;
  const namespaces = config.kv_namespaces?.map(({ binding }) => binding) ?? [];
  const objects = config.durable_objects?.bindings ?? [];
  const miniflare = new Miniflare({
    cf: false,
    workers: options.isolates.map((name) => ({
      name,
      modules: true,
      script,
      compatibilityDate: config.compatibility_date,
      bindings: { ...options.settings },
      kvNamespaces: namespaces,
      durableObjects: Object.fromEntries(
        objects.map(({ name: binding, class_name: className }) => [
          binding,
          { className, scriptName: first, useSQLite: true },
        ]),
      ),
    })),
  });
  const running = options.isolates.map(
    async (name) => [name, await runningWorker(miniflare, name, config)] as const,
  );
  try {
    return await run(Object.fromEntries(await Promise.all(running)) as Record<Name, RunningWorker>);
  } finally {
    await miniflare.dispose();
  }
}

async function runningWorker(
  miniflare: Miniflare,
  name: string,
  { kv_namespaces, triggers }: WranglerConfig,
): Promise<RunningWorker> {
  const worker = await miniflare.getWorker(name);
  const ask = async (user: string) => (await worker.fetch(`http://worker${pathFor(user)}`)).text();
  return {
    ask,
    itemsOf: async (user) => JSON.parse(await ask(user)),
    postWebhook: async (body, signature) => {
      const headers = { "X-Flagsmith-Signature": signature };
      const init = { method: "POST", body, headers };
      return (await worker.fetch("http://worker/flagsmith", init)).status;
    },
    runCron: async () => {
      const cron = triggers?.crons[0];
      if (cron === undefined) throw new Error("wrangler.json names no Cron Trigger.");
      return (await worker.scheduled({ cron })).outcome === "ok";
    },
    stored: async () => {
      const namespace = await miniflare.getKVNamespace(kv_namespaces?.[0]?.binding ?? "", name);
      const { keys } = await namespace.list();
      const texts = await Promise.all(keys.map((key) => namespace.get(key.name)));
      return texts.join("\n");
    },
  };
}
