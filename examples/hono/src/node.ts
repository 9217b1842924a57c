// FLAGSMITH_ENVIRONMENT_KEY=ser.… PORT=3000 node src/node.ts
import { serve } from "@hono/node-server";
import app, { close } from "./app.ts";

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });

process.once("SIGTERM", () => {
  server.close(close);
});
