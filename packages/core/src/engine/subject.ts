import type { EnvironmentContext } from "./context.ts";
import { percentage } from "./percentage.ts";
import type { JsonObject } from "./reader.ts";
import type { EvaluatedFlag } from "./result.ts";

/** What conditions and splits can see of one evaluation. */
export interface Subject {
  readonly tables: {
    readonly environment: EnvironmentContext;
    /** By name, each with its hash key and its flag before any override. */
    readonly features: ReadonlyMap<
      string,
      { readonly key: string; readonly base: { readonly flag: EvaluatedFlag } }
    >;
  };
  /** `null` when evaluating without an identity. */
  readonly identifier: string | null;
  /** The identity's own hash key, if the caller passed one. */
  readonly ownKey: string | null;
  readonly traits: JsonObject;
  /** The result of another flag; `undefined` if there is none, or none yet because the two depend on each other. */
  flag(name: string): EvaluatedFlag | undefined;
}

/** Whether a rule or a condition matches a subject. */
export type Predicate = (subject: Subject) => boolean;

/** The identity's key in hashes; `null` without an identity. */
export function identityKey({ tables, identifier, ownKey }: Subject): string | null {
  return identifier === null ? null : (ownKey ?? `${tables.environment.key}_${identifier}`);
}

/**
 * Creates the function that hashes a subject to a percentage of a split; NaN without an identity. It does not build
 * the {@link identityKey} that it hashes together with `key`.
 */
export function createIdentityHash(
  key: string,
  environmentKey: string,
): (subject: Subject) => number {
  const prefix = `${key},`;
  const defaultPrefix = `${prefix}${environmentKey}_`;
  return ({ identifier, ownKey }) => {
    if (identifier === null) return Number.NaN;
    return ownKey === null ? percentage(defaultPrefix, identifier) : percentage(prefix, ownKey);
  };
}
