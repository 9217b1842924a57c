import { EdgeRuntime } from "edge-runtime";
import { Miniflare } from "miniflare";
import type { ContractResult } from "../contract.ts";
import type { Setup } from "../run-suite.ts";
import { bundleForEdge } from "./bundle.ts";
import { beginPost } from "./cancellable-post.ts";
import { isolateResults } from "./isolate-requests.ts";
import { withServedApis } from "./served-apis.ts";
import { kvNamespaces, storeResults } from "./store-requests.ts";

/** Runs the suite in workerd, and what must hold over several requests to one of its isolates. */
export async function runOnWorkerd(
  consumer: string,
  corporaUrl: string | undefined,
): Promise<ContractResult[]> {
  const worker = new Miniflare({
    modules: true,
    script: await bundleForEdge(consumer, "on-workerd", "esm"),
    compatibilityDate: "2026-07-01",
    kvNamespaces: [...kvNamespaces],
    cf: false,
  });
  try {
    const suite = await withServedApis(corporaUrl, async (setup) => {
      const response = await worker.dispatchFetch("http://worker/suite", post(setup));
      return JSON.parse(await response.text());
    });
    const { href } = new URL("/isolate", await worker.ready);
    const isolate = await withServedApis(undefined, (setup) =>
      isolateResults(setup, {
        send: async (body) => (await fetch(href, post(body))).text(),
        begin: (body) => beginPost(href, body),
      }),
    );
    const stores = await withServedApis(undefined, (setup) =>
      storeResults(setup, (path, init) => worker.dispatchFetch(`http://worker${path}`, init)),
    );
    const last = await (await worker.dispatchFetch("http://worker/last")).text();
    return [...suite, ...isolate, ...stores, ...JSON.parse(last)];
  } finally {
    await worker.dispose();
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
      // It knows of no client that goes away: a request can only answer early there.
      begin: undefined,
    }),
  );
  return [...suite, ...isolate, ...JSON.parse(await send("/last", {}))];
}

function post(body: object): { readonly method: "POST"; readonly body: string } {
  return { method: "POST", body: JSON.stringify(body) };
}
