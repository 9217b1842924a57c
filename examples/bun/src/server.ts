import { Flagsmith } from "flagsmith-isomorphic";
import { answer } from "./app.ts";

// One client per process. It refreshes the environment document in the background, so users do not wait for Flagsmith.
const flagsmith = new Flagsmith({
  environmentKey: Bun.env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: Bun.env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
});

// Bun listens on PORT, or on 3000.
const server = Bun.serve({
  routes: { "/items": (request) => answer(request, flagsmith) },
  // Without it, Bun shows the stack of an error and the source code, for example if the user is empty.
  error: () => new Response(null, { status: 400 }),
});

process.once("SIGTERM", async () => {
  await server.stop();
  await flagsmith.close();
});
