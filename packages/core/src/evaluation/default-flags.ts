import {
  DefaultFlag,
  type Flag,
  type FlagValue,
  isFlagValue,
  toDefaultFlag,
} from "../flags/flag.ts";
import type { FlagDefaults, FlagsOrigin } from "../flags/flag-reader.ts";
import type { DefaultFlagHandler } from "../options/options.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import { createWarnOnce, type Logger, quoteName } from "../platform/logger.ts";

/** Supplies the flags of unknown features, and logs values of the wrong type. */
export class DefaultFlags implements FlagDefaults {
  readonly hasServerKey: boolean;
  readonly #handler: DefaultFlagHandler | undefined;
  readonly #logger: Logger;
  readonly #warnOfName: (message: string) => void;
  readonly #warnOfShape: (message: string) => void;
  /** Logs each message once per version of the environment. */
  readonly #warnOfValue = new WeakMap<object, (message: string) => void>();

  /** Without a `defaultFlagHandler`, unknown features are off, and each name is logged once. */
  constructor(
    options: Partial<Pick<ParsedOptions, "defaultFlagHandler" | "environmentKey">>,
    logger: Logger,
  ) {
    this.#handler = options.defaultFlagHandler;
    this.hasServerKey = options.environmentKey?.startsWith("ser.") ?? false;
    this.#logger = logger;
    this.#warnOfName = createWarnOnce(logger);
    this.#warnOfShape = createWarnOnce(logger, 1);
  }

  get(featureName: string, isFailure = false): Flag {
    if (this.#handler !== undefined) {
      return toDefaultFlag(featureName, this.#parse(this.#handler(featureName), featureName));
    }
    // The failure itself has been logged.
    if (!isFailure) {
      const name = quoteName(featureName);
      this.#warnOfName(`Feature ${name} is unknown: its default is used. Check its name.`);
    }
    return toDefaultFlag(featureName, new DefaultFlag());
  }

  warn({ compiled }: FlagsOrigin, featureName: string, problem: string): void {
    // A response has no version, so that each problem is logged once per client.
    const version = compiled ?? this;
    const warn = this.#warnOfValue.get(version) ?? createWarnOnce(this.#logger);
    this.#warnOfValue.set(version, warn);
    warn(`Feature ${quoteName(featureName)}: its value ${problem}. Using the default.`);
  }

  /** Accepts every shape, because a fallback that throws would be discovered during an outage. */
  #parse(flag: unknown, featureName: string): DefaultFlag {
    try {
      if (isDefaultFlag(flag)) return new DefaultFlag(flag.value, flag.enabled);
    } catch {
      // A member that throws when it is read.
    }
    const name = quoteName(featureName);
    this.#warnOfShape(
      `defaultFlagHandler did not return { enabled, value } for feature ${name}, but another type or a promise. ` +
        "It is converted if possible, otherwise off. (Logged once.)",
    );
    try {
      return interpretDefaultFlag(flag);
    } catch {
      // The same member, or an object that JSON cannot represent.
      return new DefaultFlag();
    }
  }
}

/** The switches that mean "on", as texts. */
const onPattern = /^\s*(true|on|yes|1)\s*$/i;

/** Whether the result of a handler has the documented type. In plain JavaScript it may be anything. */
function isDefaultFlag(flag: unknown): flag is DefaultFlag {
  const { enabled, value }: { enabled?: unknown; value?: unknown } = Object(flag);
  return typeof enabled === "boolean" && (value === undefined || isFlagValue(value));
}

/** Interprets the result of a handler, whatever its type. An object without `enabled` is a value. */
function interpretDefaultFlag(flag: unknown): DefaultFlag {
  if (typeof Object(flag).then === "function") {
    // A rejection must not be reported as unhandled.
    Promise.resolve(flag).catch(() => undefined);
    return new DefaultFlag();
  }
  if (typeof flag === "boolean") return new DefaultFlag(undefined, flag);
  const { enabled, value }: { enabled?: unknown; value?: unknown } = Object(flag);
  if (enabled === undefined && value === undefined) return new DefaultFlag(interpretValue(flag));
  return new DefaultFlag(interpretValue(value), onPattern.test(String(enabled)));
}

/** Interprets the value of a default flag. Objects and arrays become JSON text. */
function interpretValue(value: unknown): FlagValue | undefined {
  if (isFlagValue(value)) return value;
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}
