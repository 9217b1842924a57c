// Express on Node.js 22.18+, with local evaluation: no request to Flagsmith while a user waits.
//
//   FLAGSMITH_ENVIRONMENT_KEY=ser.… PORT=3000 node src/server.ts
//   curl 'http://localhost:3000/items?user=alice'
import { Flagsmith } from "@flagsmith-isomorphic/node";
import express from "express";

// One client per process: it keeps the environment document fresh for all requests.
const flagsmith = new Flagsmith({
  environmentKey: process.env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: process.env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
  // Answers while there is no document: an outage of the API must not become ours.
  defaultFlagHandler: () => ({ enabled: false, value: null }),
});
// The first request need not wait then. Where this fails, loading goes on in the background.
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
  // Requests under way still get their flags.
  server.close(() => flagsmith.close());
});
