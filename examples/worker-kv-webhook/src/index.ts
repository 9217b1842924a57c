import { env } from "cloudflare:workers";
import { Flagsmith } from "flagsmith-isomorphic";
import { createWebhookHandler, kvStore } from "flagsmith-isomorphic/edge";

// One client per isolate. The constructor starts nothing.
const flagsmith = new Flagsmith({
  environmentKey: env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
  storage: kvStore(env.FLAGS, { cacheTtlSeconds: 30 }),
  // Seconds between reads of KV by an isolate that serves requests.
  storageCheckIntervalSeconds: 5,
  // Webhooks announce changes. Load from the API once an hour in case one was lost.
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
      maxItems: flags.getNumber("max_items", 10),
    });
  },
} satisfies ExportedHandler;
