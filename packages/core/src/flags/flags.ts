import { createDetachedError, type FlagsmithClientError } from "../errors.ts";
import type { StandardSchema } from "../typed/standard-schema.ts";
import {
  findJsonType,
  type JsonValue,
  numberType,
  stringType,
  type ValueType,
} from "../typed/value-type.ts";
import { type ClientState, createClientState } from "./client-state.ts";
import { copyFlag, type Flag, type FlagValue } from "./flag.ts";
import type { FlagSource } from "./flag-evaluation.ts";
import type { FlagDefaults, FlagReader, FlagState } from "./flag-reader.ts";
import {
  contentsHandler,
  type Inspect,
  inspectFlags,
  inspectKey,
  readerKey,
  uncloneable,
} from "./flags-display.ts";

/** Returns the private reader. Throws for every other object, also for a Proxy. */
let getOwnReader: (flags: Flags) => FlagReader;

/** The flags of an environment or an identity. They do not change after the call. */
export class Flags {
  readonly #reader: FlagReader;
  /** Makes `structuredClone` fail. */
  protected readonly uncloneable: ReadonlySet<object> = uncloneable;
  /** The flags by name, for comparisons in tests. */
  protected readonly contents: object;

  static {
    getOwnReader = (flags) => flags.#reader;
  }

  constructor(reader: FlagReader) {
    this.#reader = reader;
    this.contents = new Proxy(reader, contentsHandler);
  }

  /** The source of the flags. An unknown feature has a default flag, whatever the source. */
  get source(): FlagSource {
    return requireReader(this).origin.source;
  }

  /**
   * The names of the traits that were not used, because their keys or values are invalid. Each has been logged. Always
   * empty with `strictTraits`.
   */
  get droppedTraits(): readonly string[] {
    return requireReader(this).droppedTraits;
  }

  /**
   * Whether the feature is on. Uses the default flag if the feature is unknown.
   *
   * @example
   * if (flags.isFeatureEnabled("dark_mode")) useDarkTheme();
   */
  isFeatureEnabled(featureName: string): boolean {
    return peek(this, featureName).enabled;
  }

  /**
   * The value of the feature, on or off. Uses the default flag if the feature is unknown.
   *
   * @example
   * const value = flags.getFeatureValue("max_items"); // 25
   */
  getFeatureValue(featureName: string): FlagValue | undefined {
    return peek(this, featureName).value;
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
    const flag = peek(this, featureName);
    // Most values need no parsing.
    if (flag.enabled && typeof flag.value === "number" && Number.isFinite(flag.value)) {
      return flag.value;
    }
    return parseState(this, flag, featureName, numberType) ?? defaultValue;
  }

  /**
   * The value of a feature that is on, as a text. Numbers and booleans are converted, because Flagsmith stores a text
   * such as `42` or `true` as one of these.
   *
   * @returns `defaultValue` if the feature is off or has no value. An unknown feature uses the flag of the
   * `defaultFlagHandler` in the same way.
   *
   * @example
   * const tier = flags.getString("tier", "free");
   */
  getString<D extends string | null | undefined>(featureName: string, defaultValue: D): string | D {
    const flag = peek(this, featureName);
    if (flag.enabled && typeof flag.value === "string") return flag.value;
    return parseState(this, flag, featureName, stringType) ?? defaultValue;
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
    const flag = peek(this, featureName);
    const parsed = parseState(this, flag, featureName, findJsonType(schema));
    return parsed === undefined ? defaultValue : parsed;
  }

  /**
   * The flag with all its details. Uses the default flag if the feature is unknown.
   *
   * @example
   * const { enabled, value, reason, variant } = flags.getFlag("headline");
   */
  getFlag(featureName: string): Flag {
    const reader = requireReader(this);
    return reader.find(featureName) ?? reader.getDefault(featureName);
  }

  /**
   * Every flag of the environment, without default flags.
   *
   * @example
   * const names = flags.allFlags().filter(({ enabled }) => enabled).map(({ featureName }) => featureName);
   */
  allFlags(): Flag[] {
    return requireReader(this).list();
  }

  /** Every flag by feature name, under its name in Flagsmith's Node.js client. */
  get flags(): Readonly<Record<string, Flag>> {
    return Object.fromEntries(this.allFlags().map((flag) => [flag.featureName, flag]));
  }

  /**
   * The state from which Flagsmith's browser client starts without a request. Contains no feature that only server-side
   * keys receive.
   *
   * @param options - `only` lists the names of the features to include. Required in remote mode with a server-side key,
   * because the API then returns all features without saying which ones are for servers.
   * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` if `only` is required, or not a list.
   *
   * @example
   * // On the server:
   * const state = flags.toClientState({ only: ["dark_mode"] });
   * // In the browser:
   * await flagsmith.init({ environmentID, state, preventFetch: true });
   */
  toClientState(options?: { readonly only?: readonly string[] | undefined }): ClientState {
    return createClientState(requireReader(this), options?.only);
  }

  /**
   * The same as {@link allFlags} as JSON, without members that are `undefined`. Used by `JSON.stringify(flags)`.
   *
   * @example
   * response.end(JSON.stringify(flags));
   */
  toJSON(): Flag[] {
    // Test runners print a copy of the members, which has no reader.
    const { contents } = Object(this);
    if (contents && !contents[readerKey]) return Object.values(contents);
    // `getServerSideProps` of Next.js and some databases refuse `undefined`.
    return JSON.parse(JSON.stringify(requireReader(this).list()));
  }
}

const noIds: ReadonlySet<unknown> = new Set();

/** The flags of a response, of a cache or of nothing. A repeated feature counts once. */
export type FlagsByName = ReadonlyMap<string, Flag>;

/** Creates {@link Flags} that return copies of all flags. */
export function createFlags(
  flags: FlagsByName,
  {
    defaults,
    source,
    droppedTraits = [],
    failure,
  }: {
    readonly defaults: FlagDefaults;
    readonly source: FlagSource;
    readonly droppedTraits?: readonly string[] | undefined;
    /** Why there are only default flags. */
    readonly failure?: FlagsmithClientError | undefined;
  },
): Flags {
  // A response does not say which features are for servers. No getter, because creating one is slow.
  const serverOnlyIds = defaults.hasServerKey && source !== "default" ? undefined : noIds;
  return new Flags({
    peek: (featureName) => flags.get(featureName),
    find: (featureName) => {
      const flag = flags.get(featureName);
      return flag && copyFlag(flag);
    },
    list: () => copyFlags(flags),
    getDefault: (featureName) => defaults.get(featureName, source === "default"),
    origin: { source, defaults, failure, serverOnlyIds },
    droppedTraits,
  });
}

/** Copies all flags. */
export function copyFlags(flags: FlagsByName): Flag[] {
  return [...flags.values()].map(copyFlag);
}

Object.defineProperties(Flags.prototype, {
  [readerKey]: {
    value(this: Flags) {
      return requireReader(this);
    },
  },
  [inspectKey]: {
    value(this: Flags, _depth: number, options: unknown, inspect?: Inspect) {
      return inspectFlags(requireReader(this), options, inspect);
    },
  },
});

/** Returns the reader of flags, also of another copy of the package. */
export function getReader(flags: Flags): FlagReader {
  return (flags as Flags & { readonly [readerKey]: () => FlagReader })[readerKey]();
}

/** Returns the reader for a method. A method that was taken from its object has none. */
function requireReader(flags: Flags): FlagReader {
  try {
    return getOwnReader(flags);
  } catch {
    // A Proxy has no private fields, but it has the contents of its flags.
    const reader: FlagReader | undefined = Object(flags).contents?.[readerKey];
    if (reader) return reader;
    throw createDetachedError("flags.isFeatureEnabled");
  }
}

function peek(flags: Flags, featureName: string): FlagState {
  const reader = requireReader(flags);
  return reader.peek(featureName) ?? reader.getDefault(featureName);
}

/** Parses the value of a flag that is on. Logs a value of the wrong type. */
function parseState<T>(
  flags: Flags,
  flag: FlagState,
  featureName: string,
  type: ValueType<T>,
): T | undefined {
  const parsed = flag.enabled ? type.parse(flag) : undefined;
  if (parsed?.problem === undefined) return parsed?.value;
  const { origin } = requireReader(flags);
  origin.defaults.warn(origin, featureName, parsed.problem);
  return undefined;
}
