import type { Logger } from "../platform/logger.ts";

/** Logs a warning for each duration in seconds that is likely to be in another unit. The options are checked. */
export function warnOfUnits(options: object, logger: Pick<Logger, "warn">): void {
  for (const [name, value] of Object.entries(options)) {
    if (!name.endsWith("Seconds")) continue;
    // 0 is a setting of its own, not a short duration.
    const seconds = Number(value) || 1;
    // The shortest and the longest usual duration.
    const [min, max] = name.includes("Interval") ? [1, 3600] : [0, 600];
    if (seconds >= min && seconds <= max) continue;
    const given = `Option ${name} is ${seconds} seconds`;
    logger.warn(`${given}: durations are in seconds, not milliseconds.`);
  }
}
