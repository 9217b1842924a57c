import { FlagsmithClientError } from "../errors.ts";
import { DefaultFlag, type Flag, isFlagValue, toDefaultFlag } from "../flags/flag.ts";
import type { DefaultFlagHandler } from "../options/options.ts";
import type { Logger } from "../platform/logger.ts";

/** More names than a program has features: made-up ones must not fill the memory. */
const maxWarnedNames = 1000;

/**
 * Makes the function that answers for a missing feature: the user's handler, whose errors reach the
 * caller, or else a disabled flag without a value and one warning per name.
 */
export function createDefaultFlags(
  handler: DefaultFlagHandler | undefined,
  logger: Logger,
): (featureName: string) => Flag {
  if (handler !== undefined) {
    return (featureName) => toDefaultFlag(featureName, checked(handler(featureName), featureName));
  }
  const warned = new Set<string>();
  return (featureName) => {
    if (!warned.has(featureName) && warned.size < maxWarnedNames) {
      warned.add(featureName);
      logger.warn(`Feature ${JSON.stringify(featureName)} is unknown: it counts as disabled.`);
    }
    return toDefaultFlag(featureName, new DefaultFlag());
  };
}

/** A handler in plain JavaScript may return anything, most likely nothing or a promise. */
function checked(flag: unknown, featureName: string): DefaultFlag {
  if (typeof flag === "object" && flag !== null && "enabled" in flag) {
    const { enabled } = flag;
    const value = "value" in flag ? flag.value : undefined;
    if (typeof enabled === "boolean" && (value === undefined || isFlagValue(value)))
      return new DefaultFlag(value, enabled);
  }
  // A promise's own failure would go unhandled: it is no flag either way.
  Promise.resolve(flag).catch(() => undefined);
  throw new FlagsmithClientError(
    "INVALID_OPTIONS",
    `defaultFlagHandler returned no flag for feature ${JSON.stringify(featureName)}: ` +
      "return { enabled, value }, not a promise of it.",
  );
}
