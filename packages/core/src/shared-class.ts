import { version } from "./version.ts";

/** A class with instances, whatever its constructor takes. */
type AnyClass = abstract new (...args: never) => object;

/**
 * Makes `instanceof` recognize the instances of all copies of a class. A process may contain several copies of one
 * version: that of each module format, and those in the files of adapters. Subclasses are not affected.
 */
export function shareAcrossCopies(shared: AnyClass, name: string): void {
  const mark = Symbol.for(`flagsmith-isomorphic@${version}/${name}`);
  Object.defineProperty(shared.prototype, mark, { value: true });
  Object.defineProperty(shared, Symbol.hasInstance, {
    value(this: AnyClass, candidate: unknown): boolean {
      return this === shared
        ? mark in Object(candidate)
        : Function.prototype[Symbol.hasInstance].call(this, candidate);
    },
  });
}
