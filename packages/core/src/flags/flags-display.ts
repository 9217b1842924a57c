import type { Flag } from "./flag.ts";
import { type FlagReader, getUnobserved } from "./flag-reader.ts";

/**
 * Makes `structuredClone` and `postMessage` fail with an explanation: they read the member, which throws.
 *
 * Comparisons do not read it, because all `Flags` share this object. A set, because test runners copy plain objects to
 * print a difference.
 */
export const uncloneable: ReadonlySet<object> = new Set([
  {
    get flags(): never {
      throw new TypeError("Flags cannot be cloned: pass flags.toJSON().");
    },
    // Test runners print an object with this tag without reading its members.
    [Symbol.toStringTag]: "WeakMap",
  },
]);

/**
 * The key under which flags and their contents have the reader. Global, because helpers may come from another copy of
 * the package.
 */
export const readerKey: unique symbol = Symbol.for("flagsmith-isomorphic/flag-reader/1");

/** Separates features from members of every object, such as `constructor`. */
const prefix = "flag:";

/**
 * Turns a reader into the object that comparisons see. Its members are the flags, named `flag:` and the feature.
 *
 * A proxy, because `Flags` are created for each call and their flags are evaluated when they are read.
 */
export const contentsHandler: ProxyHandler<FlagReader> = {
  ownKeys: (reader) =>
    getUnobserved(reader)
      .list()
      .map(({ featureName }) => prefix + featureName),
  has: (reader, name) => findMember(reader, name) !== undefined,
  get: (reader, name) =>
    name === readerKey ? reader : (findMember(reader, name) ?? Reflect.get(Object.prototype, name)),
  getOwnPropertyDescriptor: (reader, name) => {
    const value = findMember(reader, name);
    return value && { value, enumerable: true, configurable: true };
  },
  getPrototypeOf: () => Object.prototype,
  defineProperty: () => false,
  deleteProperty: () => false,
};

function findMember(reader: FlagReader, name: string | symbol): Flag | undefined {
  const isFlag = typeof name === "string" && name.startsWith(prefix);
  return isFlag ? getUnobserved(reader).find(name.slice(prefix.length)) : undefined;
}

/** The key of the method that formats an object for `console.log` on Node.js, Bun and Deno. */
export const inspectKey: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** The function that a runtime passes to the formatter of an object. */
export type Inspect = (value: unknown, options: unknown) => string;

/** Formats flags for `console.log` of Node.js, Bun and Deno: their names, states and values. */
export function inspectFlags(
  reader: FlagReader,
  options: unknown,
  inspect: Inspect | undefined,
): unknown {
  const states = reader
    .list()
    .map(({ featureName, enabled, value }) => [featureName, { enabled, value }] as const);
  const content = Object.fromEntries(states);
  return inspect ? `Flags ${inspect(content, options)}` : content;
}
