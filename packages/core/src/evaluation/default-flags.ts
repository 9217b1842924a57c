import { isFlagValue } from "../api/schema.ts";
import { FlagsmithClientError } from "../errors.ts";
import { DefaultFlag, type Flag, toDefaultFlag } from "../flags/flag.ts";
import type { DefaultFlagHandler } from "../options/options.ts";
import type { Logger } from "../platform/logger.ts";

/** Limits the memory if feature names are generated. */
const maxWarnedNames = 1000;

/** Supplies the flags of unknown features. */
export class DefaultFlags {
  readonly #handler: DefaultFlagHandler | undefined;
  readonly #logger: Logger;
  readonly #warned = new Set<string>();

  /** @param handler - the user's handler. Without one, unknown features are off, and each name is logged once. */
  constructor(handler: DefaultFlagHandler | undefined, logger: Logger) {
    this.#handler = handler;
    this.#logger = logger;
  }

  /** Returns the default flag of a feature. @throws the errors of the handler. */
  get(featureName: string): Flag {
    if (this.#handler !== undefined) {
      return toDefaultFlag(featureName, parseDefaultFlag(this.#handler(featureName), featureName));
    }
    if (!this.#warned.has(featureName) && this.#warned.size < maxWarnedNames) {
      this.#warned.add(featureName);
      this.#logger.warn(
        `Feature ${JSON.stringify(featureName)} is unknown: it counts as disabled.`,
      );
    }
    return toDefaultFlag(featureName, new DefaultFlag());
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
