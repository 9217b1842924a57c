import { environmentKey } from "./client.ts";
import type { Adapter } from "./contract.ts";

/** What the host tells a script that simply ends. */
export interface ProcessEndSetup {
  readonly apiUrl: string;
  /** More than one runtime warns of listeners. */
  readonly clients: number;
  /** How long it has something to do. */
  readonly staysMs: number;
}

/** Evaluates and tracks, and leaves the process to end: nothing is flushed, closed or waited for. */
export async function leaveReports(
  { Flagsmith }: Pick<Adapter, "Flagsmith">,
  { apiUrl, clients, staysMs }: ProcessEndSetup,
): Promise<void> {
  for (let count = 0; count < clients; count++) {
    const flagsmith = new Flagsmith({
      environmentKey,
      apiUrl,
      enableAnalytics: true,
      enableEvents: true,
      eventsApiUrl: new URL(apiUrl).origin,
      requestTimeoutSeconds: 1,
    });
    const flags = await flagsmith.getEnvironmentFlags();
    flags.isFeatureEnabled("dark_mode");
    flagsmith.trackEvent("checkout");
  }
  await new Promise((resolve) => setTimeout(resolve, staysMs));
}
