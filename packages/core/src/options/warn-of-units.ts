import type { Logger } from "../platform/logger.ts";
import type { FlagsmithOptions } from "./options.ts";

const intervals = ["environmentRefreshIntervalSeconds", "storageCheckIntervalSeconds"] as const;
const timeouts = [
  "requestTimeoutSeconds",
  "requestDeadlineSeconds",
  "realtimeTimeoutSeconds",
] as const;

const minUsualIntervalSeconds = 1;
const maxUsualTimeoutSeconds = 600;

/** Logs a warning for each duration that is likely to be in another unit. */
export function warnOfUnits(options: FlagsmithOptions, logger: Pick<Logger, "warn">): void {
  const isShort = (seconds = 0) => seconds > 0 && seconds < minUsualIntervalSeconds;
  const isLong = (seconds = 0) => seconds > maxUsualTimeoutSeconds;
  const unusual = [
    ...intervals.filter((name) => isShort(options[name])),
    ...timeouts.filter((name) => isLong(options[name])),
  ];
  for (const name of unusual) {
    const value = `Option ${name} is ${options[name]} seconds`;
    logger.warn(`${value}: durations are in seconds, not milliseconds.`);
  }
}
