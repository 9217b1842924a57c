// A Cloudflare Worker whose Cron Trigger refreshes the environment document in Workers KV. Requests, also in new
// isolates, need no request to the API. Each run writes to KV: 1,440 writes a day, more than some plans include.
//
//   wrangler secret put FLAGSMITH_ENVIRONMENT_KEY    (for `wrangler dev`, use .dev.vars)
//   wrangler dev --test-scheduled
//   curl 'http://localhost:8787/__scheduled'
//   curl 'http://localhost:8787/items?user=alice'
import { env } from "cloudflare:workers";
import { Flagsmith } from "flagsmith-isomorphic";
import { kvStore } from "flagsmith-isomorphic/edge";

// One client per isolate. The constructor starts nothing.
const flagsmith = new Flagsmith({
  environmentKey: env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
  storage: kvStore(env.FLAGS, { cacheTtlSeconds: 30 }),
  // Requests load from the API only if the Cron Trigger has failed for this long.
  environmentRefreshIntervalSeconds: 300,
});

export default {
  async fetch(request, _env, ctx) {
    const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
    const flags = await flagsmith.forRequest(ctx).getIdentityFlags(user, { plan: "gold" });
    return Response.json({
      darkMode: flags.isFeatureEnabled("dark_mode"),
      maxItems: flags.getFeatureValue("max_items"),
    });
  },

  // Resolves when the document is in KV. A failed run is listed in the Worker's cron events.
  async scheduled() {
    await flagsmith.updateEnvironment();
  },
} satisfies ExportedHandler;
