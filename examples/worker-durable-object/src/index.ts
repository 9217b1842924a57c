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
      maxItems: flags.getNumber("max_items", 10),
    });
  },
} satisfies ExportedHandler;
