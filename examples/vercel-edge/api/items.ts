import { Flagsmith } from "flagsmith-isomorphic";

export const config = { runtime: "edge" };

// One client per isolate. The constructor starts nothing. The environment variables are written in full,
// because Next.js inlines their values at build time.
const flagsmith = new Flagsmith({
  environmentKey: process.env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: process.env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
});

interface RequestContext {
  waitUntil(work: Promise<unknown>): void;
}

export default async function items(request: Request, context: RequestContext): Promise<Response> {
  const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
  // With the request's context, a stale document is refreshed after the response.
  const flags = await flagsmith.forRequest(context).getIdentityFlags(user, { plan: "gold" });
  return Response.json({
    darkMode: flags.isFeatureEnabled("dark_mode"),
    maxItems: flags.getNumber("max_items", 10),
  });
}
