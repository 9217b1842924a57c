import type { EnvironmentContext } from "./context.ts";
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
export function identityKey(subject: Subject): string | null {
  if (subject.identifier === null) return null;
  return subject.ownKey ?? `${subject.environment.key}_${subject.identifier}`;
}

/** A trait's raw value. Only own members count, so that `constructor` is a trait only where someone set it. */
export function readTrait(subject: Subject, name: string): unknown {
  if (!Object.hasOwn(subject.traits, name)) return null;
  const raw = subject.traits[name];
  return typeof raw === "object" && raw !== null && Object.hasOwn(raw, "value")
    ? (raw as Json)["value"]
    : raw;
}
