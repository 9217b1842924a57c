import { env } from "cloudflare:workers";
import { Flagsmith } from "flagsmith-isomorphic";
import { kvStore } from "flagsmith-isomorphic/edge";

// One client per isolate. The constructor starts nothing.
const flagsmith = new Flagsmith({
  environmentKey: env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
  storage: kvStore(env.FLAGS, { cacheTtlSeconds: 30 }),
  // Requests load from the API only if the Cron Trigger fails. An unchanged document is renewed in KV every 300 s.
  environmentRefreshIntervalSeconds: 600,
});

export default {
  async fetch(request, _env, ctx) {
    const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
    const flags = await flagsmith.forRequest(ctx).getIdentityFlags(user, { plan: "gold" });
    return Response.json({
      darkMode: flags.isFeatureEnabled("dark_mode"),
      maxItems: flags.getNumber("max_items", 10),
    });
  },

  // Resolves when the document is in KV. A failed run is listed in the Worker's cron events.
  async scheduled() {
    await flagsmith.updateEnvironment();
  },
} satisfies ExportedHandler;
