import type { Traits } from "@flagsmith-isomorphic/core/adapter";
import type { EvaluationContext, Logger } from "@openfeature/server-sdk";

/** The identity that an evaluation context describes. */
export interface ContextIdentity {
  /** `undefined` without a targeting key. */
  readonly identifier: string | undefined;
  readonly traits: Traits;
  readonly isTransient: boolean;
}

/** Limits the memory if the names of attributes are generated. */
const maxLoggedAttributes = 1000;

/** Converts evaluation contexts to identities. */
export class ContextReader {
  /** The attributes that were logged as dropped. */
  readonly #logged = new Set<string>();

  /**
   * Reads the targeting key as identifier, and all other attributes as traits. The members of `traits` replace attributes
   * with the same name. `transient: true` makes the identity transient.
   *
   * Objects and arrays are dropped, each name with one debug message. The client checks the other values.
   */
  read(context: EvaluationContext, logger: Pick<Logger, "debug">): ContextIdentity {
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
      identifier: targetingKey ?? undefined,
      // The client checks them, and converts dates.
      traits: (isPlainObject(nested) ? { ...traits, ...nested } : traits) as Traits,
      isTransient: transient === true,
    };
  }

  #logDropped(name: string, logger: Pick<Logger, "debug">): void {
    if (this.#logged.has(name) || this.#logged.size >= maxLoggedAttributes) return;
    this.#logged.add(name);
    logger.debug(
      `Flagsmith: attribute ${JSON.stringify(name)} is an object or an array, which traits cannot be. It is dropped.`,
    );
  }
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
