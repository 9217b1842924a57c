// An Express server on Node.js 22.18+ with local evaluation: users do not wait for requests to Flagsmith.
//
//   FLAGSMITH_ENVIRONMENT_KEY=ser.… PORT=3000 node src/server.ts
//   curl 'http://localhost:3000/items?user=alice'

import express from "express";
import { Flagsmith } from "flagsmith-isomorphic";

// One client per process. It refreshes the environment document in the background.
const flagsmith = new Flagsmith({
  environmentKey: process.env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: process.env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
  // Used while no document could be loaded, so that an outage of the API does not affect this server.
  defaultFlagHandler: () => ({ enabled: false, value: null }),
});
// Load the document before the first request. If this fails, the client retries in the background.
await flagsmith.ready().catch(console.error);

const app = express();

app.get("/items", async (request, response) => {
  const user = String(request.query.user ?? "anonymous");
  const flags = await flagsmith.getIdentityFlags(user, { plan: "gold" });
  response.json({
    darkMode: flags.isFeatureEnabled("dark_mode"),
    maxItems: flags.getFeatureValue("max_items"),
  });
});

const server = app.listen(Number(process.env.PORT ?? 3000));

process.once("SIGTERM", () => {
  // Close the client last, so that requests in flight still get their flags.
  server.close(() => flagsmith.close());
});
