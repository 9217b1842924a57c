// A Hono app for every runtime. node.ts, bun.ts and worker.ts pass the client of their runtime.
import type { RequestScope } from "@flagsmith-isomorphic/edge";
import { type Context, Hono } from "hono";

export function createApp(getFlagsmith: (context: Context) => RequestScope): Hono {
  const app = new Hono();

  app.get("/items", async (context) => {
    const user = context.req.query("user") ?? "anonymous";
    const flags = await getFlagsmith(context).getIdentityFlags(user, { plan: "gold" });
    return context.json({
      darkMode: flags.isFeatureEnabled("dark_mode"),
      maxItems: flags.getFeatureValue("max_items"),
    });
  });

  return app;
}
