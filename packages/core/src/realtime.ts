/**
 * Realtime updates and fleets: an adapter whose runtime works between requests passes these modules to the client.
 *
 * @module
 */
import { createOpenRealtimeStream } from "./api/realtime-api.ts";
import { createFleet } from "./environment/fleet.ts";
import type { FleetModule, RealtimeModule } from "./modules.ts";
import { unreferenced } from "./platform/platform.ts";
import { RealtimeUpdates } from "./realtime/realtime-updates.ts";

/** Reloads the environment as soon as Flagsmith announces a change, over server-sent events. */
export const realtimeUpdates: RealtimeModule = ({ options, timers, logger, connection }) => {
  const { realtimeApiUrl, realtimeTimeoutMs: timeoutMs } = options;
  const open = createOpenRealtimeStream(realtimeApiUrl, connection, timers);
  const redact = connection.redact.bind(connection);
  const settings = { open, logger, redact, timeoutMs, timers };
  return (environment) => new RealtimeUpdates({ environment, ...settings });
};

/** Lets one process load the document for all processes with the same storage, and announces changes to them. */
export const fleetUpdates: FleetModule = (context) => (member) =>
  createFleet(member, { ...context, timers: unreferenced(context.timers) });
