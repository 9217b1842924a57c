import { EdgeRuntime } from "edge-runtime";
import { Miniflare } from "miniflare";
import type { ContractResult } from "../contract.ts";
import type { Setup } from "../run-suite.ts";
import { bundleForEdge } from "./bundle.ts";
import { beginPost } from "./cancellable-post.ts";
import { withEdgeConfig } from "./edge-config.ts";
import { edgeConfigResults } from "./edge-config-requests.ts";
import { isolateResults } from "./isolate-requests.ts";
import { withServedApis } from "./served-apis.ts";
import { isolates, kvNamespaces, storeResults } from "./store-requests.ts";

/** Runs the suite in workerd, and what must hold over several requests to one of its isolates, or to two. */
export async function runOnWorkerd(
  consumer: string,
  corporaUrl: string | undefined,
): Promise<ContractResult[]> {
  const script = await bundleForEdge(consumer, "on-workerd", "esm");
  const workers = new Miniflare({
    workers: isolates.map((name) => ({
      name,
      routes: [`${name}/*`],
      modules: true,
      script,
      compatibilityDate: "2026-07-01",
      // By their ids, which are the same in each; the Cache API is one for all as well.
      kvNamespaces: Object.fromEntries(kvNamespaces.map((id) => [id, id])),
    })),
    cf: false,
  });
  try {
    const suite = await withServedApis(corporaUrl, async (setup) => {
      const response = await workers.dispatchFetch("http://one/suite", post(setup));
      return JSON.parse(await response.text());
    });
    const { href } = new URL("/isolate", await workers.ready);
    const isolate = await withServedApis(undefined, (setup) =>
      isolateResults(setup, {
        send: async (body) => (await fetch(href, post(body))).text(),
        begin: (body) => beginPost(href, body),
      }),
    );
    const stores = await withServedApis(undefined, (setup) =>
      storeResults(setup, (url, init) => workers.dispatchFetch(url, init)),
    );
    const last = isolates.map(async (name): Promise<ContractResult[]> => {
      const response = await workers.dispatchFetch(`http://${name}/last`);
      return JSON.parse(await response.text());
    });
    return [...suite, ...isolate, ...stores, ...(await Promise.all(last)).flat()];
  } finally {
    await workers.dispose();
  }
}

/** Runs the suite in the Vercel Edge Runtime, and what must hold over several requests to it. */
export async function runOnEdgeRuntime(
  consumer: string,
  corporaUrl: string | undefined,
): Promise<ContractResult[]> {
  const runtime = new EdgeRuntime({
    initialCode: await bundleForEdge(consumer, "on-edge-runtime", "iife"),
  });
  const send = async (path: string, body: object) => {
    const response = await runtime.dispatchFetch(`http://edge${path}`, post(body));
    return response.text();
  };
  const suite = await withServedApis(corporaUrl, async (setup: Setup) =>
    JSON.parse(await send("/suite", setup)),
  );
  const isolate = await withServedApis(undefined, (setup) =>
    isolateResults(setup, {
      send: (body) => send("/isolate", body),
      begin: undefined,
    }),
  );
  const stores = await withServedApis(undefined, (setup) =>
    withEdgeConfig((served) =>
      edgeConfigResults(setup, served, (url, init) => runtime.dispatchFetch(url, init)),
    ),
  );
  const last = JSON.parse(await send("/last", {}));
  return [...suite, ...isolate, ...stores, ...last];
}

function post(body: object): { readonly method: "POST"; readonly body: string } {
  return { method: "POST", body: JSON.stringify(body) };
}
