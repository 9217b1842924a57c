import type { EnvironmentContext } from "./context.ts";
import { hashToPercentage } from "./percentage.ts";
import type { JsonObject } from "./reader.ts";
import type { EvaluatedFlag } from "./result.ts";
import type { Work } from "./work.ts";

/** The part of an evaluation that conditions and splits read, and its work. */
export interface Subject extends Work {
  readonly tables: {
    readonly environment: EnvironmentContext;
    /** By name, each with its hash key and its flag before any override. */
    readonly features: ReadonlyMap<
      string,
      {
        readonly key: string;
        readonly base: { readonly flag: EvaluatedFlag; readonly isMalformed: boolean };
      }
    >;
  };
  /** `null` when evaluating without an identity. */
  readonly identifier: string | null;
  /** The identity's own hash key, if the caller passed one. */
  readonly ownKey: string | null;
  readonly traits: JsonObject;
  /** Returns the value of a trait. `undefined` if it is missing. */
  readTrait(name: string): unknown;
  /**
   * Returns the result of another flag. `undefined` if there is no such flag, or if the two flags depend on each other.
   * `null` if it is malformed.
   */
  readFlag(name: string): EvaluatedFlag | null | undefined;
}

/**
 * Whether a rule or a condition matches a subject. `undefined` if that is undecided, because a condition is invalid: a
 * segment must not match because of it, not even with a `NONE` rule.
 */
export type Predicate = (subject: Subject) => boolean | undefined;

/** Returns the identity's key in hashes, or `null` without an identity. */
export function getIdentityKey({ tables, identifier, ownKey }: Subject): string | null {
  return identifier === null ? null : (ownKey ?? `${tables.environment.key}_${identifier}`);
}

/**
 * Creates the function that hashes `key` and the identity's key to the percentage of a split. It returns NaN without an
 * identity. It is faster than {@link getIdentityKey}, because it joins no texts.
 */
export function createIdentityHash(
  key: string,
  environmentKey: string,
): (subject: Subject) => number {
  const prefix = `${key},${environmentKey}_`;
  return ({ identifier, ownKey }) => {
    if (identifier === null) return Number.NaN;
    return ownKey === null
      ? hashToPercentage(prefix, identifier)
      : hashToPercentage(`${key},`, ownKey);
  };
}
