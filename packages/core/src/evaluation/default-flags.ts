import { isFlagValue } from "../api/schema.ts";
import { DefaultFlag, type Flag, type FlagValue, toDefaultFlag } from "../flags/flag.ts";
import type { FlagDefaults } from "../flags/flag-reader.ts";
import type { DefaultFlagHandler } from "../options/options.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import type { Logger } from "../platform/logger.ts";

/** Limits the memory if feature names are generated. */
const maxWarnings = 1000;

/** Supplies the flags of unknown features, and logs values of the wrong type. */
export class DefaultFlags implements FlagDefaults {
  readonly hasServerKey: boolean;
  readonly #handler: DefaultFlagHandler | undefined;
  readonly #logger: Logger;
  #hasWarnedOfShape = false;
  readonly #warnedNames = new Set<string>();
  readonly #warnedValues = new WeakMap<object, Set<string>>();

  /** Without a `defaultFlagHandler`, unknown features are off, and each name is logged once. */
  constructor(
    options: Partial<Pick<ParsedOptions, "defaultFlagHandler" | "environmentKey">>,
    logger: Logger,
  ) {
    this.#handler = options.defaultFlagHandler;
    this.hasServerKey = options.environmentKey?.startsWith("ser.") ?? false;
    this.#logger = logger;
  }

  get(featureName: string, isFailure = false): Flag {
    if (this.#handler !== undefined) {
      return toDefaultFlag(featureName, this.#parse(this.#handler(featureName), featureName));
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

  /** Accepts every shape, because a fallback that throws would be discovered during an outage. */
  #parse(flag: unknown, featureName: string): DefaultFlag {
    try {
      if (isDefaultFlag(flag)) return new DefaultFlag(flag.value, flag.enabled);
      this.#warnOfShape(featureName);
      return interpretDefaultFlag(flag);
    } catch {
      // A member that throws when it is read, or an object that JSON cannot represent.
      this.#warnOfShape(featureName);
      return new DefaultFlag();
    }
  }

  #warnOfShape(featureName: string): void {
    if (this.#hasWarnedOfShape) return;
    this.#hasWarnedOfShape = true;
    const name = JSON.stringify(featureName);
    this.#logger.warn(
      `defaultFlagHandler did not return { enabled, value } for feature ${name}, but another type or a promise. ` +
        "Such a flag is converted, or off if that is not possible. (Logged once.)",
    );
  }

  #warnOnce(message: string, warned: Set<string>): void {
    if (warned.has(message) || warned.size >= maxWarnings) return;
    warned.add(message);
    this.#logger.warn(message);
  }
}

/** The switches that mean "on" as a text. */
const onPattern = /^\s*(true|on|yes|1)\s*$/i;

/** Whether the result of a handler has the documented type. In plain JavaScript it may be anything. */
function isDefaultFlag(flag: unknown): flag is DefaultFlag {
  if (typeof flag !== "object" || flag === null || !("enabled" in flag)) return false;
  const value = "value" in flag ? flag.value : undefined;
  return typeof flag.enabled === "boolean" && (value === undefined || isFlagValue(value));
}

/** Interprets the result of a handler, whatever its type. An object without `enabled` is a value. */
function interpretDefaultFlag(flag: unknown): DefaultFlag {
  if (typeof Object(flag).then === "function") {
    // A rejection must not be reported as unhandled.
    Promise.resolve(flag).catch(() => undefined);
    return new DefaultFlag();
  }
  if (typeof flag === "boolean") return new DefaultFlag(undefined, flag);
  if (typeof flag !== "object" || flag === null) return new DefaultFlag(interpretValue(flag));
  const { enabled, value }: { enabled?: unknown; value?: unknown } = flag;
  if (enabled === undefined && value === undefined) return new DefaultFlag(interpretValue(flag));
  return new DefaultFlag(
    interpretValue(value),
    typeof enabled === "string" ? onPattern.test(enabled) : Boolean(enabled),
  );
}

/** Interprets the value of a default flag. Objects and arrays become JSON text. */
function interpretValue(value: unknown): FlagValue | undefined {
  if (value === undefined || isFlagValue(value)) return value;
  if (typeof value === "bigint") return String(value);
  const text: unknown = JSON.stringify(value);
  return typeof text === "string" ? text : undefined;
}
