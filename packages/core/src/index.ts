/**
 * The core of the Flagsmith SDK, without a runtime. Adapters are built on it. Applications import an adapter.
 *
 * @module
 */
export * from "./adapter.ts";
export { JsonFileHandler, type ReadTextFile } from "./environment/json-file-handler.ts";
export { createOptionError } from "./errors.ts";
export { Flagsmith } from "./flagsmith.ts";
export type { LocalModule, Modules, RealtimeModule } from "./modules.ts";
export { createExitTasks, type ListenForExit } from "./platform/exit-tasks.ts";
export { LiveClients } from "./platform/live-clients.ts";
export { parseUrl } from "./platform/parse-url.ts";
export {
  type BackgroundHost,
  createBackgroundPlatform,
  createBackgroundTimers,
  createTimers,
  type Detach,
  type Platform,
  type TimerHost,
  type Timers,
} from "./platform/platform.ts";
export { assertUnread, readRequestBody } from "./platform/read-request-body.ts";
export { fullJitter } from "./platform/retry-policy.ts";
export { backgroundDelivery } from "./reporting/background-delivery.ts";
export type { CreateDelivery } from "./reporting/delivery.ts";
export { isolateDelivery } from "./reporting/isolate-delivery.ts";
export { version } from "./version.ts";
