import { env } from "cloudflare:workers";
import { Flagsmith } from "flagsmith-isomorphic";
import { createOfrepHandler } from "flagsmith-isomorphic/ofrep";

// One client per isolate. The constructor starts nothing.
const flagsmith = new Flagsmith({
  environmentKey: env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
});

// Without a token it throws, so that the flags are not public by accident.
const onOfrep = createOfrepHandler({
  flagsmith,
  token: env.OFREP_TOKEN,
  types: { dark_mode: "boolean", max_items: "number" },
});

export default {
  async fetch(request, _env, ctx) {
    const { pathname } = new URL(request.url);
    // With the request's context, a stale document is refreshed after the response.
    if (pathname.startsWith("/ofrep/")) return onOfrep(request, ctx);
    return new Response("POST /ofrep/v1/evaluate/flags");
  },
} satisfies ExportedHandler;
