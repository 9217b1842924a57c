import { deepStrictEqual } from "node:assert/strict";
import { EdgeRuntime } from "edge-runtime";
import { bundleExample } from "./bundle-example.ts";
import { assertAnswers, exampleFolder, pathFor } from "./example-answers.ts";
import { changeFlag, type ExampleApi, type Settings } from "./example-api.ts";

/** Runs the edge function of an example, and asks it for flags. */
export async function askEdgeFunction(
  example: string,
  script: string,
  settings: Settings,
): Promise<void> {
  const runtime = await startEdgeFunction(example, script, settings);
  await assertAnswers(async (user) => {
    const response = await runtime.dispatchFetch(`http://edge${pathFor(user)}`);
    return response.text();
  });
}

/** Runs the middleware, and looks at what it tells Next.js to do, before and after a flag is turned off. */
export async function askMiddleware({ api, settings }: ExampleApi): Promise<void> {
  const start = () => startEdgeFunction("next-middleware", "middleware.ts", settings);
  const instructions = async (runtime: EdgeRuntime, user: string) => {
    const { headers } = await runtime.dispatchFetch(`http://edge${pathFor(user)}`);
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
    const rewrite = `http://edge/dark${pathFor(user)}`;
    deepStrictEqual(await instructions(before, user), { rewrite, next: null, maxItems });
  }
  changeFlag(api, "dark_mode", { enabled: false });
  const passed = { rewrite: null, next: "1", maxItems: "25" };
  deepStrictEqual(await instructions(await start(), "somebody"), passed);
}

/** As Vercel does: called by a fetch listener, its environment put in by the build. */
async function startEdgeFunction(
  example: string,
  script: string,
  settings: Settings,
): Promise<EdgeRuntime> {
  const initialCode = await bundleExample({
    stdin: {
      contents: `import handler from "./${script}";
        addEventListener("fetch", (event) => event.respondWith(handler(event.request, event)));`,
      resolveDir: exampleFolder(example),
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
