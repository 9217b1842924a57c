// A Cloudflare Worker with a Durable Object whose alarm refreshes the environment document in Workers KV every 5
// seconds. (A Cron Trigger runs at most once a minute.) Each refresh writes to KV, which is billed.
//
//   wrangler secret put FLAGSMITH_ENVIRONMENT_KEY    (for `wrangler dev`, use .dev.vars)
//   wrangler dev
//   curl 'http://localhost:8787/items?user=alice'
import { env } from "cloudflare:workers";
import { flagsmith } from "./flagsmith.ts";

export { Refresher } from "./refresher.ts";

let isStarted = false;

/** Sets the alarm, if necessary, in the first request of an isolate. */
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
