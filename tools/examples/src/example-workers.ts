import { strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { bundleExample } from "../../contract/src/host/bundle-example.ts";
import { assertResponses, createItemsPath, type ItemsResponse } from "./example-responses.ts";

/** A running Worker. */
interface RunningWorker {
  /** Fetches a user's flags as text. */
  readonly fetchText: (user: string) => Promise<string>;
  readonly fetchItems: (user: string) => Promise<ItemsResponse>;
  /** Sends a webhook. Returns the status of the response. */
  readonly postWebhook: (body: string, signature: string) => Promise<number>;
  /** Runs its handler of Cron Triggers. Returns whether that succeeded. */
  readonly runCron: () => Promise<boolean>;
  /** Returns all values in its first KV namespace. */
  readonly readStore: () => Promise<string>;
}

/** The part of an example's wrangler.json that is used here. */
interface WranglerConfig {
  readonly main: string;
  readonly compatibility_date: string;
  readonly kv_namespaces?: readonly { readonly binding: string }[];
  readonly durable_objects?: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
  readonly triggers?: { readonly crons: readonly string[] };
}

/** Runs the Worker of an example, with the settings as its bindings, and checks its responses. */
export function checkWorker(
  root: string,
  example: string,
  settings: Readonly<Record<string, string>>,
) {
  return withWorkers(join(root, example), { settings, isolates: ["only"] }, ({ only }) =>
    assertResponses(only.fetchText),
  );
}

/** Runs a Worker that a framework has built, and checks its responses. */
export async function checkBuiltWorker(
  file: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const script = await bundleExample({
    entryPoints: [file],
    format: "esm",
    external: ["cloudflare:workers", "node:*"],
  });
  await withNodeCompatibleWorker(script, settings, (read) =>
    assertResponses((user) => read(createItemsPath(user))),
  );
}

/**
 * Checks that a bundle for Node.js refuses to run in a Worker. OpenNext makes such a bundle of packages that Next.js has
 * bundled for Node.js.
 */
export async function checkNodeBundleInWorker(folder: string): Promise<void> {
  const contents = `
    import { Flagsmith } from "flagsmith-isomorphic";
    export default {
      fetch() {
        try {
          new Flagsmith({ environmentKey: "ser.key" });
          return new Response("no error");
        } catch (error) {
          return new Response(error.code);
        }
      },
    };`;
  const script = await bundleExample({
    stdin: { contents, resolveDir: folder },
    format: "esm",
    platform: "node",
    conditions: ["node", "import"],
  });
  await withNodeCompatibleWorker(script, {}, async (read) => {
    strictEqual(await read("/"), "WRONG_RUNTIME");
  });
}

/** Runs a Worker with `nodejs_compat`. `read` returns the text of its response to a path. */
async function withNodeCompatibleWorker(
  script: string,
  settings: Readonly<Record<string, string>>,
  check: (read: (path: string) => Promise<string>) => Promise<void>,
): Promise<void> {
  const miniflare = new Miniflare({
    cf: false,
    modules: true,
    script,
    compatibilityDate: "2026-07-01",
    compatibilityFlags: ["nodejs_compat"],
    bindings: { ...settings },
  });
  try {
    await check(async (path) => (await miniflare.dispatchFetch(`http://worker${path}`)).text());
  } finally {
    await miniflare.dispose();
  }
}

/**
 * Runs the Worker in a folder in several isolates, as Cloudflare does in several locations. They share the KV
 * namespaces and Durable Objects of its wrangler.json.
 */
export async function withWorkers<Name extends string, T>(
  folder: string,
  options: {
    readonly settings: Readonly<Record<string, string>>;
    readonly isolates: readonly [Name, ...Name[]];
  },
  run: (workers: Readonly<Record<Name, RunningWorker>>) => Promise<T>,
): Promise<T> {
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
    async (name) => [name, await connectToWorker(miniflare, name, config)] as const,
  );
  try {
    return await run(Object.fromEntries(await Promise.all(running)) as Record<Name, RunningWorker>);
  } finally {
    await miniflare.dispose();
  }
}

async function connectToWorker(
  miniflare: Miniflare,
  name: string,
  { kv_namespaces, triggers }: WranglerConfig,
): Promise<RunningWorker> {
  const worker = await miniflare.getWorker(name);
  const fetchText = async (user: string) =>
    (await worker.fetch(`http://worker${createItemsPath(user)}`)).text();
  return {
    fetchText,
    fetchItems: async (user) => JSON.parse(await fetchText(user)),
    postWebhook: async (body, signature) => {
      const headers = { "X-Flagsmith-Signature": signature };
      const init = { method: "POST", body, headers };
      return (await worker.fetch("http://worker/flagsmith", init)).status;
    },
    runCron: async () => {
      const cron = triggers?.crons[0];
      if (cron === undefined) throw new Error("wrangler.json has no Cron Trigger.");
      return (await worker.scheduled({ cron })).outcome === "ok";
    },
    readStore: async () => {
      const namespace = await miniflare.getKVNamespace(kv_namespaces?.[0]?.binding ?? "", name);
      const { keys } = await namespace.list();
      const texts = await Promise.all(keys.map((key) => namespace.get(key.name)));
      return texts.join("\n");
    },
  };
}
