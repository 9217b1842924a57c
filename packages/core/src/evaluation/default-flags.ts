import { isFlagValue } from "../api/schema.ts";
import { FlagsmithClientError } from "../errors.ts";
import { DefaultFlag, type Flag, toDefaultFlag } from "../flags/flag.ts";
import type { FlagDefaults } from "../flags/flags.ts";
import type { DefaultFlagHandler } from "../options/options.ts";
import type { Logger } from "../platform/logger.ts";

/** Limits the memory if feature names are generated. */
const maxWarnings = 1000;

/** Supplies the flags of unknown features, and logs values of the wrong type. */
export class DefaultFlags implements FlagDefaults {
  readonly #handler: DefaultFlagHandler | undefined;
  readonly #logger: Logger;
  readonly #warnedNames = new Set<string>();
  readonly #warnedValues = new WeakMap<object, Set<string>>();

  /** @param handler - the user's handler. Without one, unknown features are off, and each name is logged once. */
  constructor(handler: DefaultFlagHandler | undefined, logger: Logger) {
    this.#handler = handler;
    this.#logger = logger;
  }

  get(featureName: string, isFailure = false): Flag {
    if (this.#handler !== undefined) {
      return toDefaultFlag(featureName, parseDefaultFlag(this.#handler(featureName), featureName));
    }
    // The failure itself has been logged.
    if (!isFailure) {
      const name = JSON.stringify(featureName);
      this.#warnOnce(`Feature ${name} is unknown: it counts as disabled.`, this.#warnedNames);
    }
    return toDefaultFlag(featureName, new DefaultFlag());
  }

  warn(version: object, featureName: string, problem: string): void {
    const warned = this.#warnedValues.get(version) ?? new Set();
    this.#warnedValues.set(version, warned);
    const name = JSON.stringify(featureName);
    this.#warnOnce(`Feature ${name}: its value ${problem}. Using the default.`, warned);
  }

  #warnOnce(message: string, warned: Set<string>): void {
    if (warned.has(message) || warned.size >= maxWarnings) return;
    warned.add(message);
    this.#logger.warn(message);
  }
}

/** Checks the result of a handler. In plain JavaScript it may be anything, often `undefined` or a promise. */
function parseDefaultFlag(flag: unknown, featureName: string): DefaultFlag {
  if (typeof flag === "object" && flag !== null && "enabled" in flag) {
    const { enabled } = flag;
    const value = "value" in flag ? flag.value : undefined;
    if (typeof enabled === "boolean" && (value === undefined || isFlagValue(value)))
      return new DefaultFlag(value, enabled);
  }
  // A promise that rejects must not become an unhandled rejection.
  Promise.resolve(flag).catch(() => undefined);
  throw new FlagsmithClientError(
    "INVALID_OPTIONS",
    `defaultFlagHandler did not return a flag for feature ${JSON.stringify(featureName)}: ` +
      "return { enabled, value }, not a promise.",
  );
}
