/**
 * The runtime-agnostic core of the Flagsmith SDK, for those who write an adapter; applications use one.
 *
 * @module
 */
export * from "./adapter.ts";
export * from "./adapter-local.ts";
export { backgroundDelivery } from "./analytics/background-delivery.ts";
export type { CreateDelivery } from "./analytics/delivery.ts";
export { isolateDelivery } from "./analytics/isolate-delivery.ts";
export type { Questions } from "./compose.ts";
export { invalidOption } from "./errors.ts";
export { Flagsmith } from "./flagsmith.ts";
export type { LocalModule, Modules, StreamingModule } from "./modules.ts";
export { type BackgroundHost, backgroundPlatformOf } from "./ports/background-platform.ts";
export { exitTasks, type ListenForExit } from "./ports/exit-tasks.ts";
export { JsonFileHandler, type ReadTextFile } from "./ports/json-file-handler.ts";
export {
  backgroundTimersOf,
  type Platform,
  type TimerHost,
  type Timers,
  timersOf,
} from "./ports/platform.ts";
export { fullJitter } from "./ports/retry-policy.ts";
export { version } from "./version.ts";
