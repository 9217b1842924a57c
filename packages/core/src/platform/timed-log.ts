import type { ClientLogger } from "./logger.ts";
import type { Timers } from "./platform.ts";

/** Returns a function that logs a debug message, followed by the time since the start. */
export function startTimedLog(
  logger: ClientLogger,
  { monotonicNow }: Timers,
): (describe: () => string) => void {
  const startedAt = monotonicNow();
  return (describe) =>
    logger.debug(() => `${describe()} after ${Math.round(monotonicNow() - startedAt)} ms.`);
}
