import type { Traits } from "../identity/traits.ts";
import { isRecord } from "../platform/json.ts";
import { quoteName } from "../platform/logger.ts";

/** The identity that an evaluation context of OpenFeature describes. */
export interface ContextIdentity {
  /** `undefined` without a targeting key. */
  readonly identifier: string | undefined;
  readonly traits: Traits;
  readonly isTransient: boolean;
}

interface DebugLogger {
  readonly debug: (message: string) => void;
}

/** Limits the memory if the names of attributes are generated. */
const maxLoggedAttributes = 1000;

/** Converts evaluation contexts to identities. */
export class ContextReader {
  /** The attributes that were logged as dropped: quoted and shortened, because a client of a server chooses them. */
  readonly #logged = new Set<string>();

  /**
   * Reads the targeting key as identifier, and all other attributes as traits. The members of `traits` replace attributes
   * with the same name. `transient: true` makes the identity transient.
   *
   * Objects and arrays are dropped, each name with one debug message. The client checks the other values.
   */
  read(context: Readonly<Record<string, unknown>>, logger: DebugLogger): ContextIdentity {
    const { targetingKey, traits: nested, transient, ...attributes } = context;
    const entries = Object.entries(attributes).filter(([name, value]) => {
      // In Flagsmith, `null` would delete the trait.
      if (value === null || value === undefined) return false;
      if (typeof value !== "object" || value instanceof Date) return true;
      this.#logDropped(name, logger);
      return false;
    });
    const traits = Object.fromEntries(entries);
    return {
      // The client checks the identity, and converts dates.
      identifier: (targetingKey ?? undefined) as string | undefined,
      traits: (isRecord(nested) ? { ...traits, ...nested } : traits) as Traits,
      isTransient: transient === true,
    };
  }

  #logDropped(name: string, logger: DebugLogger): void {
    const quoted = quoteName(name);
    if (this.#logged.has(quoted) || this.#logged.size >= maxLoggedAttributes) return;
    this.#logged.add(quoted);
    logger.debug(
      `Flagsmith: attribute ${quoted} is an object or an array, which traits cannot be. It is dropped.`,
    );
  }
}
