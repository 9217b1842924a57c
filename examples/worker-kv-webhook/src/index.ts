// A Cloudflare Worker that keeps the environment in Workers KV and takes Flagsmith's webhook: what is
// changed in Flagsmith reaches all isolates, and none of them polls the API.
//
//   wrangler secret put FLAGSMITH_ENVIRONMENT_KEY    (for `wrangler dev`: in .dev.vars)
//   wrangler secret put FLAGSMITH_WEBHOOK_SECRET     (the one entered in Flagsmith for the webhook)
//   wrangler deploy                                  (makes the KV namespace; its webhook is /flagsmith)
//   curl 'https://flags.example.workers.dev/items?user=alice'
import { env } from "cloudflare:workers";
import { createWebhookHandler, Flagsmith, kvStore } from "@flagsmith-isomorphic/edge";

// One client per isolate; making it starts nothing.
const flagsmith = new Flagsmith({
  environmentKey: env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
  storage: kvStore(env.FLAGS, { cacheTtlSeconds: 30 }),
  // An isolate that is asked looks into KV so often.
  storageCheckIntervalSeconds: 5,
  // Webhooks tell of changes: the API is asked once an hour, lest one was lost.
  environmentRefreshIntervalSeconds: 3600,
});
const onWebhook = createWebhookHandler({ flagsmith, secret: env.FLAGSMITH_WEBHOOK_SECRET });

export default {
  async fetch(request, _env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/flagsmith") return onWebhook(request, ctx);

    const user = searchParams.get("user") ?? "anonymous";
    const flags = await flagsmith.forRequest(ctx).getIdentityFlags(user, { plan: "gold" });
    return Response.json({
      darkMode: flags.isFeatureEnabled("dark_mode"),
      maxItems: flags.getFeatureValue("max_items"),
    });
  },
} satisfies ExportedHandler;
