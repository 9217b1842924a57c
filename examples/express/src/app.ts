import express, { type Express } from "express";
import type { Flagsmith } from "flagsmith-isomorphic";

/** Creates the app. Tests pass a client with flags of their own. */
export function createApp(flagsmith: Flagsmith): Express {
  const app = express();
  app.get("/items", async (request, response) => {
    const user = String(request.query["user"] ?? "anonymous");
    const flags = await flagsmith.getIdentityFlags(user, { plan: "gold" });
    response.json({
      darkMode: flags.isFeatureEnabled("dark_mode"),
      maxItems: flags.getNumber("max_items", 10),
    });
  });
  return app;
}
