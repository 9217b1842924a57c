import { Flagsmith } from "flagsmith-isomorphic";

let flagsmith: Flagsmith | undefined;

/** Returns the client. `vite build` evaluates modules without an environment key, so the first request creates it. */
export function getFlagsmith(): Flagsmith {
  flagsmith ??= new Flagsmith({
    environmentKey: process.env["FLAGSMITH_ENVIRONMENT_KEY"],
    apiUrl: process.env["FLAGSMITH_API_URL"],
    enableLocalEvaluation: true,
    defaultFlagHandler: () => ({ enabled: false, value: null }),
  });
  return flagsmith;
}
