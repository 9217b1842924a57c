import { Miniflare } from "miniflare";
import type { PlainCase } from "../contract.ts";
import { bundleExample } from "./bundle-example.ts";

const worker = `
import { Flagsmith } from "flagsmith-isomorphic";
const flagsmith = new Flagsmith({
  environmentKey: "ser.key",
  offlineMode: true,
  logger: { warn() {}, error() {} },
  defaultFlagHandler: () => ({ enabled: true, value: 25 }),
});
export default {
  async fetch(request, env, context) {
    const flags = await flagsmith.forRequest(context).getIdentityFlags("user-42");
    return new Response(String(flags.getFeatureValue("max_items")));
  },
};`;

/** Some bundlers know no other condition for isolates. */
export function createBrowserConditionCase(consumer: string): PlainCase {
  return {
    name: "a Worker that is bundled with the condition browser is not taken for a browser",
    run: async () => {
      const miniflare = new Miniflare({
        cf: false,
        modules: true,
        script: await bundleExample({
          stdin: { contents: worker, resolveDir: consumer },
          format: "esm",
          conditions: ["browser", "import"],
        }),
        compatibilityDate: "2026-07-01",
      });
      try {
        const response = await miniflare.dispatchFetch("http://worker/");
        const text = await response.text();
        if (text !== "25") throw new Error(`it responded ${text}`);
      } finally {
        await miniflare.dispose();
      }
    },
  };
}
