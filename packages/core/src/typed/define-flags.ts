import type { FlagReader, FlagState } from "../flags/flag-reader.ts";
import { type Flags, getReader } from "../flags/flags.ts";
import { inspectKey } from "../flags/flags-display.ts";
import { createDefinitionError, type FlagDefinition } from "./flag-definition.ts";

/** The definitions of an application's flags, by feature name. */
export type FlagDefinitions = Readonly<Record<string, FlagDefinition>>;

/** The values of defined flags, by feature name. */
export type FlagValues<D extends FlagDefinitions> = {
  readonly [Name in keyof D]: D[Name] extends FlagDefinition<infer T> ? T : never;
};

/** A value with the details of its flag. */
export interface TypedFlag<T> {
  readonly value: T;
  /** Whether the flag is on. */
  readonly enabled: boolean;
  /**
   * Why the flag has this value. If `value` is the default: `TYPE_MISMATCH`, `DISABLED`, `NO_VALUE` or
   * `FLAG_NOT_FOUND`. Otherwise the flag's own reason. `undefined` if unknown.
   */
  readonly reason: string | undefined;
  /** The key of the variant. `null` if the feature has no variants. */
  readonly variant: string | null;
}

/**
 * The flags of an application with types and defaults. It is also a function: a `defaultFlagHandler` that returns the
 * defaults.
 */
export interface DefinedFlags<D extends FlagDefinitions> {
  /** The default flag of a feature. Off for a feature without a definition. */
  (
    featureName: string,
  ): { readonly enabled: boolean; readonly value?: string | number | boolean | null | undefined };
  /**
   * The values in these flags. Each is evaluated when it is read, by its name: a spread copies none of them.
   *
   * @example
   * appFlags.in(await flagsmith.getIdentityFlags("user-42")).max_items; // a number
   */
  in(flags: Flags): FlagValues<D>;
  /**
   * One value with its reason.
   *
   * @example
   * const { value, reason } = appFlags.read(flags, "max_items");
   */
  read<Name extends keyof D & string>(
    flags: Flags,
    featureName: Name,
  ): TypedFlag<FlagValues<D>[Name]>;
  /**
   * The definitions as a manifest of the OpenFeature CLI.
   *
   * @example
   * await writeFile("flags.json", JSON.stringify(appFlags.manifest()));
   */
  manifest(): FlagManifest;
  /** The definitions, by feature name. */
  readonly definitions: D;
}

/** A manifest of the OpenFeature CLI (`flags.json`). */
export interface FlagManifest {
  readonly flags: Readonly<Record<string, ManifestFlag>>;
}

/** One flag of a {@link FlagManifest}. */
export interface ManifestFlag {
  /** `boolean`, `string`, `integer`, `float` or `object`. */
  readonly flagType: string;
  readonly defaultValue: unknown;
  readonly description?: string | undefined;
}

/** The key of the flags in an object of values. A symbol, so that it cannot be the name of a feature. */
const flagsKey = Symbol("flags");

/**
 * Defines the flags of an application: their types, limits and defaults.
 *
 * A value of another type is replaced by the default, with one warning for each version of the environment. Each value
 * is parsed once for each version.
 *
 * @param definitions - by feature name. Names are the same as in Flagsmith.
 *
 * @example
 * const appFlags = defineFlags({
 *   dark_mode: toggleFlag(),
 *   max_items: numberFlag(25, { integer: true, min: 1, max: 100 }),
 *   tier: stringFlag("free", { of: ["free", "pro"] }),
 *   banner: jsonFlag(v.object({ title: v.string() }), { title: "" }),
 * });
 * const flagsmith = new Flagsmith({ environmentKey, defaultFlagHandler: appFlags });
 * const { max_items } = appFlags.in(await flagsmith.getIdentityFlags("user-42"));
 */
export function defineFlags<const D extends FlagDefinitions>(definitions: D): DefinedFlags<D> {
  const byName = new Map(Object.entries(definitions));
  const Values = createValuesClass(byName);
  const getDefault = (featureName: string) => {
    const definition = byName.get(featureName);
    if (definition === undefined) return { enabled: false };
    const { valueType, defaultValue, flagValue } = definition;
    return { enabled: valueType !== undefined || defaultValue === true, value: flagValue };
  };
  return Object.assign(getDefault, {
    in: (flags: Flags) => new Values(flags) as FlagValues<D>,
    read: (flags: Flags, featureName: string): TypedFlag<never> => {
      const definition = byName.get(featureName);
      if (definition === undefined) {
        throw createDefinitionError(`Feature ${JSON.stringify(featureName)} is not defined.`);
      }
      const reader = getReader(flags);
      const flag = readTypedFlag(reader, featureName, definition, reader.peek(featureName));
      return flag as TypedFlag<never>;
    },
    manifest: () => createManifest(byName),
    definitions,
  });
}

/** Creates the class of objects of values, with a getter for each feature. */
function createValuesClass(
  definitions: ReadonlyMap<string, FlagDefinition>,
): new (
  flags: Flags,
) => object {
  class Values {
    readonly #reader: FlagReader;
    /** Makes values comparable in tests. A symbol cannot be the name of a feature. */
    readonly [flagsKey]: Flags;

    constructor(flags: Flags) {
      this.#reader = getReader(flags);
      this[flagsKey] = flags;
    }

    static {
      // For `JSON.stringify` and `console.log`, because getters of a prototype are not listed.
      const value = function toRecord(this: Values) {
        const entries = Array.from(definitions.keys(), (name) => [name, Reflect.get(this, name)]);
        return Object.fromEntries(entries);
      };
      Object.defineProperties(Values.prototype, {
        toJSON: { value, configurable: true },
        [inspectKey]: { value },
        // Test runners copy objects without a tag of their own, and a copy has no reader.
        [Symbol.toStringTag]: { value: "Values" },
      });
      for (const [name, definition] of definitions) {
        const get = function get(this: Values) {
          const reader = this.#reader;
          const flag = reader.peek(name);
          // The shortest path, for flags that are on and have a value of the right type.
          const parsed = flag?.enabled ? definition.valueType?.parse(flag) : undefined;
          if (parsed !== undefined && parsed.problem === undefined) return parsed.value;
          return readTypedFlag(reader, name, definition, flag).value;
        };
        Object.defineProperty(Values.prototype, name, { get, enumerable: true });
      }
    }
  }
  return Values;
}

/** @param found - the flag in the reader, which must be read once, because each read is counted. */
function readTypedFlag(
  reader: FlagReader,
  featureName: string,
  definition: FlagDefinition,
  found: FlagState | undefined,
): TypedFlag<unknown> {
  const flag: FlagState = found ?? reader.getDefault(featureName);
  const { enabled, variant } = flag;
  const useDefault = (reason: string) => ({
    value: definition.defaultValue,
    enabled,
    reason,
    variant,
  });
  const reason = found === undefined ? "FLAG_NOT_FOUND" : flag.reason;
  if (definition.valueType === undefined) {
    // Without a handler, the default flag of an unknown feature has neither a state nor a value.
    const isUnanswered = found === undefined && !enabled && flag.value === undefined;
    return isUnanswered
      ? useDefault("FLAG_NOT_FOUND")
      : { value: enabled, enabled, reason, variant };
  }
  if (!enabled && definition.whenOff !== "value") {
    return useDefault(found === undefined ? "FLAG_NOT_FOUND" : "DISABLED");
  }
  const parsed = definition.valueType.parse(flag);
  if (parsed === undefined) return useDefault(found === undefined ? "FLAG_NOT_FOUND" : "NO_VALUE");
  if (parsed.problem === undefined) return { value: parsed.value, enabled, reason, variant };
  reader.origin.defaults.warn(reader.origin, featureName, parsed.problem);
  return useDefault("TYPE_MISMATCH");
}

function createManifest(definitions: ReadonlyMap<string, FlagDefinition>): FlagManifest {
  const flags = Array.from(definitions, ([name, { flagType, defaultValue, description }]) => [
    name,
    { flagType, defaultValue, description },
  ]);
  return { flags: Object.fromEntries(flags) };
}
