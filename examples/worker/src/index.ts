import { env } from "cloudflare:workers";
import { Flagsmith } from "flagsmith-isomorphic";

// One client per isolate. The constructor starts nothing.
const flagsmith = new Flagsmith({
  environmentKey: env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
});

export default {
  async fetch(request, _env, ctx) {
    const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
    // With the request's context, a stale document is refreshed after the response.
    const flags = await flagsmith.forRequest(ctx).getIdentityFlags(user, { plan: "gold" });
    return Response.json({
      darkMode: flags.isFeatureEnabled("dark_mode"),
      maxItems: flags.getNumber("max_items", 10),
    });
  },
} satisfies ExportedHandler;
