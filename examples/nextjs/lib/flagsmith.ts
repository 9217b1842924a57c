import { Flagsmith, type RequestScope } from "flagsmith-isomorphic";
import { after } from "next/server";

declare global {
  var flagsmith: Flagsmith | undefined;
}

/**
 * Returns the flags' client for one request. It is created at the first one, because `next build` evaluates modules
 * without an environment key. `globalThis` survives hot reloading.
 */
export function createRequestScope(): RequestScope {
  globalThis.flagsmith ??= new Flagsmith({
    environmentKey: process.env.FLAGSMITH_ENVIRONMENT_KEY,
    apiUrl: process.env.FLAGSMITH_API_URL,
    enableLocalEvaluation: true,
    enableAnalytics: true,
    defaultFlagHandler: () => ({ enabled: false, value: null }),
  });
  // Work that may end after the response: refreshing the document, and sending analytics.
  return globalThis.flagsmith.forRequest({ waitUntil: (work) => after(() => work) });
}
