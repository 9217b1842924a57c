import { Flagsmith } from "flagsmith-isomorphic";

// One client per process or isolate, created at the first request: Workers have their variables then.
let flagsmith: Flagsmith | undefined;

export function getFlagsmith(): Flagsmith {
  flagsmith ??= new Flagsmith({
    environmentKey: process.env["FLAGSMITH_ENVIRONMENT_KEY"],
    apiUrl: process.env["FLAGSMITH_API_URL"],
    enableLocalEvaluation: true,
    defaultFlagHandler: () => ({ enabled: false, value: null }),
  });
  return flagsmith;
}
