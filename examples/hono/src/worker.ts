// wrangler secret put FLAGSMITH_ENVIRONMENT_KEY    (for `wrangler dev`, use .dev.vars)
// wrangler dev
import { env } from "cloudflare:workers";
import { Flagsmith } from "@flagsmith-isomorphic/edge";
import { createApp } from "./app.ts";

const flagsmith = new Flagsmith({
  environmentKey: env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
});

// With the request's context, a stale document is refreshed after the response.
export default createApp((context) => flagsmith.forRequest(context.executionCtx));
