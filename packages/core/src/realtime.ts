/**
 * Modules that an adapter passes to the client if its runtime works between requests.
 *
 * @module
 */
import { createOpenRealtimeStream } from "./api/realtime-api.ts";
import { createFollowedEnvironment } from "./environment/followed-environment.ts";
import type { RealtimeModule } from "./modules.ts";
import { RealtimeUpdates } from "./realtime/realtime-updates.ts";

export { DocumentReading } from "./environment/document-reading.ts";
export { createFleet } from "./environment/fleet.ts";

/** Reloads the environment as soon as Flagsmith announces a change, over server-sent events. */
export const realtimeUpdates: RealtimeModule = ({ options, timers, logger, connection }) => {
  const { realtimeApiUrl, realtimeTimeoutMs: timeoutMs } = options;
  const open = createOpenRealtimeStream(realtimeApiUrl, connection, timers);
  const streamOptions = { open, logger, redact: connection.redact, timeoutMs, timers };
  return (loader) => new RealtimeUpdates(streamOptions, createFollowedEnvironment(loader));
};
