import { join } from "node:path";
import { EdgeRuntime } from "edge-runtime";
import { bundleExample } from "../../contract/src/host/bundle-example.ts";
import type { ExampleSettings } from "./example-api.ts";
import { assertResponses, createItemsPath } from "./example-responses.ts";

/**
 * Runs the edge function of an example as Vercel does, and checks its responses: a fetch listener calls it, and the
 * build replaces its environment variables.
 */
export async function checkEdgeFunction(
  root: string,
  example: string,
  script: string,
  settings: ExampleSettings,
): Promise<void> {
  const initialCode = await bundleExample({
    stdin: {
      contents: `import handler from "./${script}";
        addEventListener("fetch", (event) => event.respondWith(handler(event.request, event)));`,
      resolveDir: join(root, example),
    },
    format: "iife",
    define: Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        `process.env.${name}`,
        JSON.stringify(value),
      ]),
    ),
  });
  const runtime = new EdgeRuntime({ initialCode });
  await assertResponses(async (user) => {
    const response = await runtime.dispatchFetch(`http://edge${createItemsPath(user)}`);
    return response.text();
  });
}
