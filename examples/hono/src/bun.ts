// FLAGSMITH_ENVIRONMENT_KEY=ser.… PORT=3000 bun src/bun.ts
import app, { close } from "./app.ts";

// Bun listens on PORT, or on 3000.
const server = Bun.serve({ fetch: app.fetch });

process.once("SIGTERM", async () => {
  await server.stop();
  await close();
});
