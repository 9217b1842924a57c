import type { EnvironmentContext } from "./context.ts";
import { percentage } from "./percentage.ts";
import type { Json } from "./reader.ts";
import type { EvaluatedFlag } from "./result.ts";

/** What conditions can see of one question. */
export interface Subject {
  readonly environment: EnvironmentContext;
  /** `null` where nobody in particular asks. */
  readonly identifier: string | null;
  /** The identity's own hash key, where the caller gave one. */
  readonly ownKey: string | null;
  readonly traits: Json;
  /** The features before any override, by name, as a context holds them. */
  features(): Json;
  /** The result of another flag; `null` where there is none, or none yet because the two depend on each other. */
  readFlag(name: string): EvaluatedFlag | null;
}

/** Whether a rule or a condition holds. */
export type Predicate = (subject: Subject) => boolean;

/** What splits hash for this identity. */
export function identityKey({ environment, identifier, ownKey }: Subject): string | null {
  return identifier === null ? null : (ownKey ?? `${environment.key}_${identifier}`);
}

/** Where an identity falls in what a key splits; NaN for nobody. Its key is hashed without being built. */
export function identityPercentage(
  key: string,
  environmentKey: string,
): (subject: Subject) => number {
  const prefix = `${key},`;
  const composite = `${prefix}${environmentKey}_`;
  return ({ identifier, ownKey }) => {
    if (identifier === null) return Number.NaN;
    return ownKey === null ? percentage(composite, identifier) : percentage(prefix, ownKey);
  };
}

/** A trait's raw value. Only own members count, so that `constructor` is a trait only where someone set it. */
export function readTrait({ traits }: Subject, name: string): unknown {
  const raw = Object.hasOwn(traits, name) ? traits[name] : null;
  return typeof raw === "object" && raw !== null && Object.hasOwn(raw, "value")
    ? (raw as Json)["value"]
    : raw;
}
