import { environmentKey } from "./client.ts";
import type { Adapter } from "./contract.ts";

/** Setup that the host passes to a script whose end it awaits. */
export type ProcessEndSetup = ReportsSetup | StreamSetup;

/** Evaluates and tracks, and then has nothing more to do. */
export interface ReportsSetup {
  readonly apiUrl: string;
  /** Number of clients. With many, some runtimes warn about listeners. */
  readonly clients: number;
  /** Time for which each client has something to do, in milliseconds. It then fetches flags once more. */
  readonly staysMs?: number;
  /** @defaultValue 20 */
  readonly requestTimeoutSeconds?: number;
}

/** Follows realtime updates without other work. */
export interface StreamSetup {
  readonly apiUrl: string;
  /** Time until the client is closed, in milliseconds. Without it, the client stays open. */
  readonly closesAfterMs?: number;
}

/** Runs a script whose process then has nothing more to do. */
export function runUntilIdle(
  adapter: Pick<Adapter, "Flagsmith">,
  setup: ProcessEndSetup,
): Promise<void> {
  return "clients" in setup ? leaveReports(adapter, setup) : followStream(adapter, setup);
}

/** Does not flush or close the clients. */
async function leaveReports(
  { Flagsmith }: Pick<Adapter, "Flagsmith">,
  { apiUrl, clients, staysMs, requestTimeoutSeconds = 20 }: ReportsSetup,
): Promise<void> {
  if (staysMs === undefined) lengthenDeliveryTimers();
  for (let count = 0; count < clients; count++) {
    const flagsmith = new Flagsmith({
      environmentKey,
      apiUrl,
      enableAnalytics: true,
      enableEvents: true,
      eventsApiUrl: new URL(apiUrl).origin,
      requestTimeoutSeconds,
    });
    const flags = await flagsmith.getEnvironmentFlags();
    flags.isFeatureEnabled("dark_mode");
    flagsmith.trackEvent("checkout");
    if (staysMs === undefined) continue;
    await new Promise((resolve) => setTimeout(resolve, staysMs));
    await flagsmith.getEnvironmentFlags();
  }
}

/**
 * Makes the timers of deliveries, between 9 and 11 s, take ten times as long. A process that one of them keeps
 * alive then ends much later than any other process, also on a slow machine.
 */
function lengthenDeliveryTimers(): void {
  const { setTimeout } = globalThis;
  Object.assign(globalThis, {
    setTimeout: (task: (...args: unknown[]) => void, ms = 0, ...args: readonly unknown[]) =>
      setTimeout(task, ms >= 8500 && ms <= 11_500 ? 10 * ms : ms, ...args),
  });
}

async function followStream(
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
