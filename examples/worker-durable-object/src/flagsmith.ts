import { env } from "cloudflare:workers";
import { Flagsmith, kvStore } from "@flagsmith-isomorphic/edge";

/** One client per isolate; making it starts nothing. */
export const flagsmith: Flagsmith = new Flagsmith({
  environmentKey: env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
  storage: kvStore(env.FLAGS, { cacheTtlSeconds: 30 }),
  // Long: a request asks the API itself only when the Durable Object has failed for so long.
  environmentRefreshIntervalSeconds: 300,
});
