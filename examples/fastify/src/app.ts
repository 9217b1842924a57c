import type { FastifyInstance } from "fastify";
import type { Flagsmith } from "flagsmith-isomorphic";
import { flagsmithPlugin } from "./flagsmith-plugin.ts";

/** Adds the routes. Tests pass a client with flags of their own. */
export function addRoutes(app: FastifyInstance, flagsmith: Flagsmith): FastifyInstance {
  app.register(flagsmithPlugin, { flagsmith });
  app.get<{ Querystring: { user?: string } }>("/items", async ({ query }) => {
    const flags = await app.flagsmith.getIdentityFlags(query.user ?? "anonymous", { plan: "gold" });
    return {
      darkMode: flags.isFeatureEnabled("dark_mode"),
      maxItems: flags.getNumber("max_items", 10),
    };
  });
  return app;
}
