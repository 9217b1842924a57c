// FLAGSMITH_ENVIRONMENT_KEY=ser.… PORT=3000 node src/node.ts
import { Flagsmith } from "@flagsmith-isomorphic/node";
import { serve } from "@hono/node-server";
import { createApp } from "./app.ts";

const flagsmith = new Flagsmith({
  environmentKey: process.env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: process.env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
});

const { fetch } = createApp(() => flagsmith.forRequest());
const server = serve({ fetch, port: Number(process.env.PORT ?? 3000) });

process.once("SIGTERM", () => {
  server.close(() => flagsmith.close());
});
