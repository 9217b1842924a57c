import type { Logger } from "../platform/logger.ts";
import type { FlagsmithOptions } from "./options.ts";

/** The shortest and the longest usual durations in seconds. */
const usualInterval = [1, 3600] as const;
const usualTimeout = [0, 600] as const;

const usualDurations = {
  environmentRefreshIntervalSeconds: usualInterval,
  storageCheckIntervalSeconds: usualInterval,
  requestTimeoutSeconds: usualTimeout,
  requestDeadlineSeconds: usualTimeout,
  realtimeTimeoutSeconds: usualTimeout,
};

/** Logs a warning for each duration that is likely to be in another unit. */
export function warnOfUnits(options: FlagsmithOptions, logger: Pick<Logger, "warn">): void {
  for (const [name, [minSeconds, maxSeconds]] of Object.entries(usualDurations)) {
    const seconds = options[name as keyof typeof usualDurations];
    // 0 seconds switches off.
    if (!seconds || (seconds >= minSeconds && seconds <= maxSeconds)) continue;
    const value = `Option ${name} is ${seconds} seconds`;
    logger.warn(`${value}: durations are in seconds, not milliseconds.`);
  }
}
