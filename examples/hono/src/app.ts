// One Hono app for every runtime; node.ts, bun.ts and worker.ts hand it their runtime's client.
import type { RequestScope } from "@flagsmith-isomorphic/edge";
import { type Context, Hono } from "hono";

export function createApp(flagsmithOf: (context: Context) => RequestScope): Hono {
  const app = new Hono();

  app.get("/items", async (context) => {
    const user = context.req.query("user") ?? "anonymous";
    const flags = await flagsmithOf(context).getIdentityFlags(user, { plan: "gold" });
    return context.json({
      darkMode: flags.isFeatureEnabled("dark_mode"),
      maxItems: flags.getFeatureValue("max_items"),
    });
  });

  return app;
}
