import { env } from "cloudflare:workers";
import { Flagsmith } from "flagsmith-isomorphic";
import { kvStore } from "flagsmith-isomorphic/edge";

/** One client per isolate. The constructor starts nothing. */
export const flagsmith: Flagsmith = new Flagsmith({
  environmentKey: env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
  storage: kvStore(env.FLAGS, { cacheTtlSeconds: 30 }),
  // Requests load from the API only if the Durable Object fails. An unchanged document is renewed in KV every 300 s.
  environmentRefreshIntervalSeconds: 600,
});
