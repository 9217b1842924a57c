import type { Flagsmith } from "flagsmith-isomorphic";

/** Answers a request. Tests pass a client with flags of their own. */
export async function answer(request: Request, flagsmith: Flagsmith): Promise<Response> {
  const user = new URL(request.url).searchParams.get("user") ?? "anonymous";
  const flags = await flagsmith.getIdentityFlags(user, { plan: "gold" });
  return Response.json({
    darkMode: flags.isFeatureEnabled("dark_mode"),
    maxItems: flags.getNumber("max_items", 10),
  });
}
