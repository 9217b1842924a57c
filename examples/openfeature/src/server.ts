import { FlagsmithProvider } from "@flagsmith-isomorphic/openfeature";
import { OpenFeature } from "@openfeature/server-sdk";
import { createApp } from "./app.ts";

// The provider creates the client, and closes it.
const provider = new FlagsmithProvider({
  environmentKey: process.env["FLAGSMITH_ENVIRONMENT_KEY"],
  apiUrl: process.env["FLAGSMITH_API_URL"],
  enableLocalEvaluation: true,
});
// If this fails, calls return their defaults, and the client retries in the background.
await OpenFeature.setProviderAndWait(provider).catch(console.error);

const server = createApp().listen(Number(process.env["PORT"] ?? 3000));

process.once("SIGTERM", () => server.close(() => OpenFeature.close()));
