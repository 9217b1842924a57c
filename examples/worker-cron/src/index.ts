// A Cloudflare Worker whose Cron Trigger keeps the environment in Workers KV fresh: requests, those of
// new isolates too, are answered without asking the API. Each run writes to KV: once a minute is 1,440
// times a day, which not every plan includes.
//
//   wrangler secret put FLAGSMITH_ENVIRONMENT_KEY    (for `wrangler dev`: in .dev.vars)
//   wrangler dev --test-scheduled
//   curl 'http://localhost:8787/__scheduled'
//   curl 'http://localhost:8787/items?user=alice'
import { env } from "cloudflare:workers";
import { Flagsmith, kvStore } from "@flagsmith-isomorphic/edge";

// One client per isolate; making it starts nothing.
const flagsmith = new Flagsmith({
  environmentKey: env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
  storage: kvStore(env.FLAGS, { cacheTtlSeconds: 30 }),
  // Several minutes: a request asks the API itself only when cron has failed for so long.
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

  // Done when KV has the document; a run that fails is shown as such among the Worker's cron events.
  async scheduled() {
    await flagsmith.updateEnvironment();
  },
} satisfies ExportedHandler;
