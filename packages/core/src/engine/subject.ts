import type { EnvironmentContext } from "./context.ts";
import { percentage } from "./percentage.ts";
import type { Json } from "./reader.ts";
import type { EvaluatedFlag } from "./result.ts";

/** What conditions can see of the environment. */
export interface Surroundings {
  readonly environment: EnvironmentContext;
  readonly features: ReadonlyMap<string, VisibleFeature>;
}

/** A feature before any override. */
interface VisibleFeature {
  /** Hash key of the base state. */
  readonly key: string;
  readonly base: { readonly flag: EvaluatedFlag };
}

/** What conditions can see of one question. */
export interface Subject {
  readonly tables: Surroundings;
  /** `null` where nobody in particular asks. */
  readonly identifier: string | null;
  /** The identity's own hash key, where the caller gave one. */
  readonly ownKey: string | null;
  readonly traits: Json;
  /** The result of another flag; `undefined` where there is none, or none yet as the two depend on each other. */
  flag(name: string): EvaluatedFlag | undefined;
}

/** Whether a rule or a condition holds. */
export type Predicate = (subject: Subject) => boolean;

/** What splits hash for this identity. */
export function identityKey({ tables, identifier, ownKey }: Subject): string | null {
  return identifier === null ? null : (ownKey ?? `${tables.environment.key}_${identifier}`);
}

/** Where a subject falls in what is split, in per cent; NaN for nobody. */
export type Hash = (subject: Subject) => number;

/** Hashes a key with the identity's, which is not even built where the caller gave none. */
export function identityHash(key: string, environmentKey: string): Hash {
  const own = `${key},`;
  const composite = `${own}${environmentKey}_`;
  return ({ identifier, ownKey }) => {
    if (identifier === null) return Number.NaN;
    return ownKey === null ? percentage(composite, identifier) : percentage(own, ownKey);
  };
}

/** A trait's raw value. Only own members count, so that `constructor` is a trait only where someone set it. */
export function readTrait({ traits }: Subject, name: string): unknown {
  const raw = Object.hasOwn(traits, name) ? traits[name] : null;
  return typeof raw === "object" && raw !== null && Object.hasOwn(raw, "value")
    ? (raw as Json)["value"]
    : raw;
}
