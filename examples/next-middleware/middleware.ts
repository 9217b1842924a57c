// A Next.js middleware. It goes next to your `app` folder. Visitors with dark_mode get the page under /dark,
// at the same address.
//
//   FLAGSMITH_ENVIRONMENT_KEY=ser.… next dev
//   curl 'http://localhost:3000/items?user=alice'

// `NextResponse.rewrite` and `NextResponse.next` work as well.
import { next, rewrite } from "@vercel/functions/middleware";
import { Flagsmith } from "flagsmith-isomorphic";

export const config = { matcher: "/items" };

// One client per isolate. The constructor starts nothing. The environment variables are written in full,
// because Next.js may inline their values at build time.
const flagsmith = new Flagsmith({
  environmentKey: process.env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: process.env.FLAGSMITH_API_URL,
  enableLocalEvaluation: true,
  // Pages work without Flagsmith.
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
  // With the event, a stale document is refreshed after the response.
  const flags = await flagsmith.forRequest(event).getIdentityFlags(user, { plan: "gold" });

  // The page reads it with `(await headers()).get("x-max-items")`.
  const headers = new Headers(request.headers);
  headers.set("x-max-items", String(flags.getFeatureValue("max_items")));
  if (!flags.isFeatureEnabled("dark_mode")) return next({ request: { headers } });
  url.pathname = `/dark${url.pathname}`;
  return rewrite(url, { request: { headers } });
}
