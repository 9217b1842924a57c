import { Flagsmith } from "flagsmith-isomorphic";
import { createApp } from "./app.ts";

// One client per process. It refreshes the environment document in the background, so users do not wait for Flagsmith.
const flagsmith = new Flagsmith({
  environmentKey: process.env["FLAGSMITH_ENVIRONMENT_KEY"],
  apiUrl: process.env["FLAGSMITH_API_URL"],
  enableLocalEvaluation: true,
  // Used while no document could be loaded, so that an outage of the API does not affect this server.
  defaultFlagHandler: () => ({ enabled: false, value: null }),
});
// Load the document before the first request. If this fails, the client retries in the background.
await flagsmith.ready().catch(console.error);

const server = createApp(flagsmith).listen(Number(process.env["PORT"] ?? 3000));

process.once("SIGTERM", () => {
  // Close the client last, so that requests in flight still get their flags.
  server.close(() => flagsmith.close());
});
