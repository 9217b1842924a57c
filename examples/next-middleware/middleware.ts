// A middleware of Next.js, beside the `app` folder of yours: visitors for whom dark_mode is on are shown
// the page under /dark, at the same address.
//
//   FLAGSMITH_ENVIRONMENT_KEY=ser.… next dev
//   curl 'http://localhost:3000/items?user=alice'
import { Flagsmith } from "@flagsmith-isomorphic/edge";
// `NextResponse.rewrite` and `NextResponse.next` do as well.
import { next, rewrite } from "@vercel/functions/middleware";

export const config = { matcher: "/items" };

// One client per isolate; making it starts nothing. The variables are named in full, because
// a build of Next.js may put their values in.
const flagsmith = new Flagsmith({
  environmentKey: process.env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: process.env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
  // A page must not fail for want of a flag.
  defaultFlagHandler: () => ({ enabled: false, value: null }),
});

interface MiddlewareEvent {
  waitUntil(work: Promise<unknown>): void;
}

export default async function middleware(
  request: Request,
  event: MiddlewareEvent,
): Promise<Response> {
  const url = new URL(request.url);
  const user = url.searchParams.get("user") ?? "anonymous";
  // Within the event a stale document is refreshed after the answer, not before it.
  const flags = await flagsmith.forRequest(event).getIdentityFlags(user, { plan: "gold" });

  // The page reads it by `(await headers()).get("x-max-items")`.
  const headers = new Headers(request.headers);
  headers.set("x-max-items", String(flags.getFeatureValue("max_items")));
  if (!flags.isFeatureEnabled("dark_mode")) return next({ request: { headers } });
  url.pathname = `/dark${url.pathname}`;
  return rewrite(url, { request: { headers } });
}
