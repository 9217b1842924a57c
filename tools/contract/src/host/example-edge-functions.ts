import { deepStrictEqual } from "node:assert/strict";
import { EdgeRuntime } from "edge-runtime";
import { bundleExample } from "./bundle-example.ts";
import { changeFlag, type ExampleApi, type ExampleSettings } from "./example-api.ts";
import { assertResponses, createItemsPath, resolveExample } from "./example-responses.ts";

/** Runs the edge function of an example and checks its responses. */
export async function checkEdgeFunction(
  example: string,
  script: string,
  settings: ExampleSettings,
): Promise<void> {
  const runtime = await startEdgeFunction(example, script, settings);
  await assertResponses(async (user) => {
    const response = await runtime.dispatchFetch(`http://edge${createItemsPath(user)}`);
    return response.text();
  });
}

/** Runs the middleware and checks its instructions to Next.js, before and after a flag is disabled. */
export async function checkMiddleware({ api, settings }: ExampleApi): Promise<void> {
  const start = () => startEdgeFunction("next-middleware", "middleware.ts", settings);
  const fetchInstructions = async (runtime: EdgeRuntime, user: string) => {
    const { headers } = await runtime.dispatchFetch(`http://edge${createItemsPath(user)}`);
    return {
      rewrite: headers.get("x-middleware-rewrite"),
      next: headers.get("x-middleware-next"),
      maxItems: headers.get("x-middleware-request-x-max-items"),
    };
  };
  const before = await start();
  for (const [user, maxItems] of [
    ["alice", "99"],
    ["somebody", "25"],
  ] as const) {
    const rewrite = `http://edge/dark${createItemsPath(user)}`;
    deepStrictEqual(await fetchInstructions(before, user), { rewrite, next: null, maxItems });
  }
  changeFlag(api, "dark_mode", { enabled: false });
  const passed = { rewrite: null, next: "1", maxItems: "25" };
  deepStrictEqual(await fetchInstructions(await start(), "somebody"), passed);
}

/** Starts a function as Vercel does: a fetch listener calls it, and the build replaces its environment variables. */
async function startEdgeFunction(
  example: string,
  script: string,
  settings: ExampleSettings,
): Promise<EdgeRuntime> {
  const initialCode = await bundleExample({
    stdin: {
      contents: `import handler from "./${script}";
        addEventListener("fetch", (event) => event.respondWith(handler(event.request, event)));`,
      resolveDir: resolveExample(example),
    },
    format: "iife",
    define: Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        `process.env.${name}`,
        JSON.stringify(value),
      ]),
    ),
  });
  return new EdgeRuntime({ initialCode });
}
