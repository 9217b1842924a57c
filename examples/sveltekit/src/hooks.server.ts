import type { Handle } from "@sveltejs/kit";
import { Flagsmith } from "flagsmith-isomorphic";

// `vite build` evaluates modules without an environment key, so the client is created at the first request.
let flagsmith: Flagsmith | undefined;

/** Evaluates the flags of a request's user. Pages read them from `locals`. */
export const handle: Handle = async ({ event, resolve }) => {
  flagsmith ??= new Flagsmith({
    environmentKey: process.env["FLAGSMITH_ENVIRONMENT_KEY"],
    apiUrl: process.env["FLAGSMITH_API_URL"],
    enableLocalEvaluation: true,
    defaultFlagHandler: () => ({ enabled: false, value: null }),
  });
  const user = event.url.searchParams.get("user") ?? "anonymous";
  // On Cloudflare, pass `event.platform?.ctx` to `forRequest`.
  event.locals.flags = await flagsmith.forRequest().getIdentityFlags(user, { plan: "gold" });
  return resolve(event);
};
