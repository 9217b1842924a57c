/**
 * Realtime updates and fleets: an adapter whose runtime works between requests passes these modules to the client.
 *
 * @module
 */
import { createOpenRealtimeStream } from "./api/realtime-api.ts";
import { Fleet } from "./environment/fleet.ts";
import { LoadClaim } from "./environment/load-claim.ts";
import { storageKey } from "./environment/storage-record.ts";
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
export const fleetUpdates: FleetModule = ({ options, guard, ...context }) => {
  const { storage, changes, environmentKey, apiUrl } = options;
  const { environmentRefreshIntervalMs: intervalMs } = options;
  const timers = unreferenced(context.timers);
  const createKey = () => storageKey(environmentKey, apiUrl);
  const claim =
    storage?.setItem &&
    new LoadClaim({ storage, createKey, intervalMs, timers, guard: guard("Claiming a load") });
  const isStored = storage !== undefined;
  return (member) =>
    new Fleet(member, {
      claim,
      timers,
      changes: changes && { changes, createKey, isStored, timers, guard },
    });
};
