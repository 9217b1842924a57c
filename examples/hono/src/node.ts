import { serve } from "@hono/node-server";
import app, { close } from "./app.ts";

const server = serve({ fetch: app.fetch, port: Number(process.env["PORT"] ?? 3000) });

process.once("SIGTERM", () => {
  server.close(close);
});
