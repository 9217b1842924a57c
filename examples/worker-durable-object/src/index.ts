// A Cloudflare Worker with a Durable Object whose alarm keeps the environment in Workers KV fresh, every
// few seconds where a Cron Trigger comes once a minute. Each load writes to KV, which costs accordingly.
//
//   wrangler secret put FLAGSMITH_ENVIRONMENT_KEY    (for `wrangler dev`: in .dev.vars)
//   wrangler dev
//   curl 'http://localhost:8787/items?user=alice'
import { env } from "cloudflare:workers";
import { flagsmith } from "./flagsmith.ts";

export { Refresher } from "./refresher.ts";

let isStarted = false;

/** The first request of an isolate makes sure that the alarm is set. */
async function startRefresher(): Promise<void> {
  if (isStarted) return;
  await env.REFRESHER.getByName("flags").start();
  isStarted = true;
}

export default {
  async fetch(request, _env, ctx) {
    ctx.waitUntil(startRefresher());
    const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
    const flags = await flagsmith.forRequest(ctx).getIdentityFlags(user, { plan: "gold" });
    return Response.json({
      darkMode: flags.isFeatureEnabled("dark_mode"),
      maxItems: flags.getFeatureValue("max_items"),
    });
  },
} satisfies ExportedHandler;
