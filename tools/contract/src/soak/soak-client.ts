import type { FlagsmithOptions } from "@flagsmith-isomorphic/core";

/** Where the API of a soak is. */
export interface SoakAddress {
  readonly apiUrl: string;
  /** Of events and streams. */
  readonly origin: string;
  readonly environmentKey: string;
}

/** How the clients of a soak are set up: so quick that faults are waited out. */
export function soakOptions({ apiUrl, origin, environmentKey }: SoakAddress): FlagsmithOptions {
  return {
    apiUrl,
    environmentKey,
    enableLocalEvaluation: true,
    environmentRefreshIntervalSeconds: 0.5,
    requestTimeoutSeconds: 0.5,
    enableAnalytics: true,
    enableEvents: true,
    eventsApiUrl: origin,
    logger: { warn: () => undefined, error: () => undefined },
  };
}
