import type { Logger } from "../platform/logger.ts";
import type { FlagsmithOptions } from "./options.ts";

/** The longest usual durations in seconds. */
const maxUsualSeconds = {
  environmentRefreshIntervalSeconds: 3600,
  storageCheckIntervalSeconds: 3600,
  requestTimeoutSeconds: 600,
  requestDeadlineSeconds: 600,
  realtimeTimeoutSeconds: 600,
};

/** Logs a warning for each duration that is likely to be in another unit. */
export function warnOfUnits(options: FlagsmithOptions, logger: Pick<Logger, "warn">): void {
  for (const [name, maxSeconds] of Object.entries(maxUsualSeconds)) {
    // 0 seconds switches off.
    const seconds = options[name as keyof typeof maxUsualSeconds] || 1;
    const isShort = seconds < 1 && name.includes("Interval");
    if (!isShort && seconds <= maxSeconds) continue;
    const value = `Option ${name} is ${seconds} seconds`;
    logger.warn(`${value}: durations are in seconds, not milliseconds.`);
  }
}
