import { Flagsmith, type RequestScope } from "flagsmith-isomorphic";
import { after } from "next/server";

declare global {
  var flagsmith: Flagsmith | undefined;
}

/**
 * Returns the client. It is created at the first request, because `next build` evaluates modules without an environment
 * key. `globalThis` survives hot reloading.
 */
export function getFlagsmith(): Flagsmith {
  globalThis.flagsmith ??= new Flagsmith({
    environmentKey: process.env.FLAGSMITH_ENVIRONMENT_KEY,
    apiUrl: process.env.FLAGSMITH_API_URL,
    enableLocalEvaluation: process.env.FLAGSMITH_REMOTE_EVALUATION !== "true",
    enableAnalytics: true,
    defaultFlagHandler: () => ({ enabled: false, value: null }),
  });
  return globalThis.flagsmith;
}

/** Returns the flags' client for one request. */
export function createRequestScope(): RequestScope {
  // Work that may end after the response: refreshing the document, and sending analytics.
  return getFlagsmith().forRequest({ waitUntil: (work) => after(() => work) });
}
