import { findIdentityState } from "./identity-overrides.ts";
import { isEqual } from "./is-equal.ts";
import type { CompiledSegment, Tables } from "./tables.ts";

/**
 * Lists the features whose flag may differ between two environments, for any identity or none. Features that only
 * one of them has are included.
 *
 * Returns `undefined` if the environment's key or name differs, because conditions and splits may read them.
 */
export function listChangedFeatures(before: Tables, after: Tables): string[] | undefined {
  const { key, name } = before.environment;
  if (key !== after.environment.key || name !== after.environment.name) return undefined;
  const changed = new Set<string>();
  for (const [name, feature] of after.features) {
    const old = before.features.get(name);
    if (old?.key !== feature.key || !isEqual(old.base, feature.base)) changed.add(name);
  }
  for (const name of before.features.keys()) if (!after.features.has(name)) changed.add(name);
  addSegmentChanges(changed, before, after);
  addIdentityChanges(changed, before, after);
  addDependents(changed, after);
  return [...changed];
}

/** Adds features whose segment overrides differ, or depend on a segment that differs. */
function addSegmentChanges(changed: Set<string>, before: Tables, after: Tables): void {
  // A JSONPath finds the first of several features.
  const hasContextChanged =
    changed.size > 0 || !isEqual([...before.features.keys()], [...after.features.keys()]);
  const isSame = (old: CompiledSegment | undefined, segment: CompiledSegment | undefined) =>
    old &&
    segment &&
    old.entry.id === segment.entry.id &&
    old.rules === segment.rules &&
    isEqual(old.flags, segment.flags) &&
    !(hasContextChanged && readsFeatures(segment));
  for (const [name, { overrides }] of after.features) {
    const old = before.features.get(name)?.overrides ?? [];
    const areSame = overrides.every(({ segment, state }, index) => {
      const other = old[index];
      return (
        other &&
        isEqual(other.state, state) &&
        isSame(before.segments[other.segment], after.segments[segment])
      );
    });
    if (!areSame || old.length !== overrides.length) changed.add(name);
  }
}

/** Adds features with a different override for at least one identity. */
function addIdentityChanges(
  changed: Set<string>,
  { identityOverrides: before }: Tables,
  { identityOverrides: after, features }: Tables,
): void {
  if (before === after) return;
  addMissing(after, before);
  addMissing(before, after);

  function addMissing({ byIdentifier }: typeof before, others: typeof before): void {
    for (const [identifier, overrides] of byIdentifier) {
      const known = others.byIdentifier.get(identifier);
      const states = overrides instanceof Map ? overrides.values() : [overrides];
      for (const state of states) {
        const { name } = state.flag;
        // A feature without a state in the environment is unknown.
        if (features.has(name) && !isEqual(findIdentityState(known, name), state)) {
          changed.add(name);
        }
      }
    }
  }
}

/** Adds features with an override for a segment that reads a changed flag, until there are no more. */
function addDependents(changed: Set<string>, { features, segments, readsFlags }: Tables): void {
  if (!readsFlags) return;
  for (let size = -1; size !== changed.size; ) {
    size = changed.size;
    const isAffected = segments.map(({ flags }) => flags.some((flag) => changed.has(flag)));
    for (const [name, { overrides }] of features) {
      if (overrides.some(({ segment }) => isAffected[segment])) changed.add(name);
    }
  }
}

/** Whether a JSONPath of the rules may lead to features. Paths to single flags are in `flags`. */
function readsFeatures({ rules }: CompiledSegment): boolean {
  return /"\$\.(?!(identity|environment|flags)\b)/.test(String(rules));
}
