// A Bun server with local evaluation: users do not wait for requests to Flagsmith.
//
//   FLAGSMITH_ENVIRONMENT_KEY=ser.… PORT=3000 bun src/server.ts
//   curl 'http://localhost:3000/items?user=alice'
import { Flagsmith } from "flagsmith-isomorphic";

// One client per process. It refreshes the environment document in the background.
const flagsmith = new Flagsmith({
  environmentKey: Bun.env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: Bun.env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
});

// Bun listens on PORT, or on 3000.
const server = Bun.serve({
  routes: {
    "/items": async (request) => {
      const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
      const flags = await flagsmith.getIdentityFlags(user, { plan: "gold" });
      return Response.json({
        darkMode: flags.isFeatureEnabled("dark_mode"),
        maxItems: flags.getFeatureValue("max_items"),
      });
    },
  },
});

process.once("SIGTERM", async () => {
  await server.stop();
  await flagsmith.close();
});
