// FLAGSMITH_ENVIRONMENT_KEY=ser.… PORT=3000 bun src/bun.ts
import { Flagsmith } from "@flagsmith-isomorphic/node";
import { createApp } from "./app.ts";

const flagsmith = new Flagsmith({
  environmentKey: process.env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: process.env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
});

const { fetch } = createApp(() => flagsmith.forRequest());
// Bun listens on PORT, or on 3000.
const server = Bun.serve({ fetch });

process.once("SIGTERM", async () => {
  await server.stop();
  await flagsmith.close();
});
