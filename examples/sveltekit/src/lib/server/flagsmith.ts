import { Flagsmith } from "flagsmith-isomorphic";

declare global {
  var flagsmith: Flagsmith | undefined;
}

/**
 * Returns the client. It is created at the first request, because `vite build` evaluates modules without an environment
 * key. `globalThis` survives hot reloading.
 */
export function getFlagsmith(): Flagsmith {
  globalThis.flagsmith ??= new Flagsmith({
    environmentKey: process.env["FLAGSMITH_ENVIRONMENT_KEY"],
    apiUrl: process.env["FLAGSMITH_API_URL"],
    enableLocalEvaluation: true,
    defaultFlagHandler: () => ({ enabled: false, value: null }),
  });
  return globalThis.flagsmith;
}
