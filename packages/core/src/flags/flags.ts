import type { StandardSchema } from "../typed/standard-schema.ts";
import {
  findJsonType,
  type JsonValue,
  numberType,
  stringType,
  type ValueType,
} from "../typed/value-type.ts";
import { copyFlag, type Flag, type FlagValue } from "./flag.ts";
import type { FlagSource } from "./flag-evaluation.ts";

/** The members of a flag that are read without a copy. */
export type FlagState = Pick<Flag, "enabled" | "value" | "reason" | "variant">;

/** Reads the flags of one evaluation, for {@link Flags}. */
export interface FlagReader {
  /**
   * The flag without a copy, or `undefined` for an unknown feature. Must not be returned to users. A version of the
   * environment returns the same object each time, so that its value is parsed once.
   */
  peek(featureName: string): FlagState | undefined;
  /** A copy of the flag, or `undefined` for an unknown feature. */
  find(featureName: string): Flag | undefined;
  /** A copy of every flag. */
  list(): Flag[];
  /** The default flag of an unknown feature. */
  getDefault(featureName: string): Flag;
  /** Logs a value of the wrong type, once for each feature, problem and version. */
  warn(featureName: string, problem: string): void;
  readonly source: FlagSource;
}

/** The parts of a client that its `Flags` share. */
export interface FlagDefaults {
  /**
   * Returns the default flag of a feature. @throws the errors of the handler.
   *
   * @param isFailure - whether the feature is unknown because the API failed.
   */
  get(featureName: string, isFailure?: boolean): Flag;
  /** Logs a value of the wrong type, once for each version, feature and problem. */
  warn(version: object, featureName: string, problem: string): void;
}

/** The key of the method that returns the reader. Global, because helpers may come from another copy of the package. */
const readerKey = Symbol.for("flagsmith-isomorphic/flag-reader/1");

/** The flags of an environment or an identity. They do not change after the call. */
export class Flags {
  readonly #reader: FlagReader;

  static {
    Object.defineProperty(Flags.prototype, readerKey, {
      value(this: Flags) {
        return this.#reader;
      },
    });
  }

  constructor(reader: FlagReader) {
    this.#reader = reader;
  }

  /** The source of the flags. An unknown feature has a default flag, whatever the source. */
  get source(): FlagSource {
    return this.#reader.source;
  }

  /** Whether the feature is on. Uses the default flag if the feature is unknown. */
  isFeatureEnabled(featureName: string): boolean {
    return this.#peek(featureName).enabled;
  }

  /** The value of the feature, on or off. Uses the default flag if the feature is unknown. */
  getFeatureValue(featureName: string): FlagValue | undefined {
    return this.#peek(featureName).value;
  }

  /**
   * The value of a feature that is on, as a number. Decimal text is converted.
   *
   * @returns `defaultValue` if the feature is off or has no value. Also if the value is not a number, with one warning.
   * An unknown feature uses the flag of the `defaultFlagHandler` in the same way.
   *
   * @example
   * const maxItems = flags.getNumber("max_items", 25);
   */
  getNumber<D extends number | null | undefined>(featureName: string, defaultValue: D): number | D {
    const flag = this.#peek(featureName);
    // Most values need no parsing.
    if (flag.enabled && typeof flag.value === "number" && Number.isFinite(flag.value)) {
      return flag.value;
    }
    return this.#parse(flag, featureName, numberType) ?? defaultValue;
  }

  /**
   * The value of a feature that is on, as a text. Numbers and booleans are converted, because Flagsmith stores a text
   * such as `42` or `true` as one of these.
   *
   * @returns `defaultValue` if the feature is off or has no value. An unknown feature uses the flag of the
   * `defaultFlagHandler` in the same way.
   */
  getString<D extends string | null | undefined>(featureName: string, defaultValue: D): string | D {
    const flag = this.#peek(featureName);
    if (flag.enabled && typeof flag.value === "string") return flag.value;
    return this.#parse(flag, featureName, stringType) ?? defaultValue;
  }

  /**
   * The value of a feature that is on, parsed as JSON. Objects and arrays are frozen, because several callers share
   * them.
   *
   * @param schema - a synchronous schema of valibot, zod, arktype or another library that implements Standard Schema.
   * Without one, the result is any JSON value.
   * @returns `defaultValue` if the feature is off or has no value. Also if the value is not JSON or does not match the
   * schema, with one warning. An unknown feature uses the flag of the `defaultFlagHandler` in the same way.
   *
   * @example
   * const { title } = flags.getJson("banner", { title: "" }, v.object({ title: v.string() }));
   */
  getJson<D>(featureName: string, defaultValue: D): JsonValue | D;
  getJson<T, D>(featureName: string, defaultValue: D, schema: StandardSchema<T>): T | D;
  getJson(featureName: string, defaultValue: unknown, schema?: StandardSchema): unknown {
    const parsed = this.#parse(this.#peek(featureName), featureName, findJsonType(schema));
    return parsed === undefined ? defaultValue : parsed;
  }

  /** The flag with all its details. Uses the default flag if the feature is unknown. */
  getFlag(featureName: string): Flag {
    return this.#reader.find(featureName) ?? this.#reader.getDefault(featureName);
  }

  /** Every flag of the environment, without default flags. */
  allFlags(): Flag[] {
    return this.#reader.list();
  }

  /** The same as {@link allFlags}, used by `JSON.stringify(flags)`. */
  toJSON(): Flag[] {
    return this.allFlags();
  }

  #peek(featureName: string): FlagState {
    const reader = this.#reader;
    return reader.peek(featureName) ?? reader.getDefault(featureName);
  }

  /** Parses the value of a flag that is on. Logs a value of the wrong type. */
  #parse<T>(flag: FlagState, featureName: string, type: ValueType<T>): T | undefined {
    const parsed = flag.enabled ? type.parse(flag) : undefined;
    if (parsed?.problem === undefined) return parsed?.value;
    this.#reader.warn(featureName, parsed.problem);
    return undefined;
  }
}

/** Creates {@link Flags} from a complete list. */
export function createFlags(
  list: readonly Flag[],
  { defaults, source }: { readonly defaults: FlagDefaults; readonly source: FlagSource },
): Flags {
  const flags = new Map(list.map((flag) => [flag.featureName, flag]));
  return new Flags({
    peek: (featureName) => flags.get(featureName),
    find: (featureName) => {
      const flag = flags.get(featureName);
      return flag && copyFlag(flag);
    },
    list: () => Array.from(flags.values(), copyFlag),
    getDefault: (featureName) => defaults.get(featureName, source === "default"),
    // A response has no version, so that each problem is logged once per client.
    warn: (featureName, problem) => defaults.warn(defaults, featureName, problem),
    source,
  });
}

/** Returns the reader of flags, also of another copy of the package. */
export function getReader(flags: Flags): FlagReader {
  return Reflect.get(flags, readerKey).call(flags);
}
