import { environmentKey } from "./client.ts";
import type { Adapter } from "./contract.ts";

/** What the host tells a script whose end it waits for. */
export type ProcessEndSetup = ReportsSetup | StreamSetup;

/** To evaluate and track, and simply end. */
export interface ReportsSetup {
  readonly apiUrl: string;
  /** More than one runtime warns of listeners. */
  readonly clients: number;
  /** How long it has something to do. */
  readonly staysMs: number;
}

/** To follow realtime updates, with nothing else to do. */
export interface StreamSetup {
  readonly apiUrl: string;
  /** When the client is closed; without it, never. */
  readonly closesAfterMs?: number;
}

/** Leaves the process to end, or not. */
export function leaveProcess(
  adapter: Pick<Adapter, "Flagsmith">,
  setup: ProcessEndSetup,
): Promise<void> {
  return "clients" in setup ? leaveReports(adapter, setup) : leaveStream(adapter, setup);
}

/** Nothing is flushed, closed or waited for. */
async function leaveReports(
  { Flagsmith }: Pick<Adapter, "Flagsmith">,
  { apiUrl, clients, staysMs }: ReportsSetup,
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

async function leaveStream(
  { Flagsmith }: Pick<Adapter, "Flagsmith">,
  { apiUrl, closesAfterMs }: StreamSetup,
): Promise<void> {
  const flagsmith = new Flagsmith({
    environmentKey,
    apiUrl,
    enableLocalEvaluation: true,
    enableRealtimeUpdates: true,
    realtimeApiUrl: new URL(apiUrl).origin,
  });
  await flagsmith.ready();
  if (closesAfterMs === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, closesAfterMs));
  await flagsmith.close();
}
