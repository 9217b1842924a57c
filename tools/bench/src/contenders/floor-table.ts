import { ENVIRONMENT_KEY } from "../workload/environment-document.ts";
import type {
  Condition,
  FlagState,
  Identity,
  Workload,
  WorkloadSegment,
} from "../workload/workload.ts";
import { floorPercentage } from "./floor-md5.ts";

type Predicate = (identity: Identity) => boolean;

interface State {
  readonly enabled: boolean;
  readonly value: string | null;
  readonly key: string;
  /** Upper ends of the variants' ranges; `undefined` without variants. */
  readonly ends: readonly number[] | undefined;
  readonly values: readonly string[];
}

export interface Row {
  readonly name: string;
  readonly base: State;
  readonly overrides: readonly { readonly matches: Predicate; readonly state: State }[];
  readonly byIdentifier: ReadonlyMap<string, State> | undefined;
}

/** What a flag is: its state, and the value that this identity sees. */
export function resolve(row: Row, identity: Identity): State {
  const own = row.byIdentifier?.get(identity.identifier);
  if (own !== undefined) return own;
  for (const { matches, state } of row.overrides) if (matches(identity)) return state;
  return row.base;
}

export function seenValue({ ends, key, value, values }: State, identity: Identity): string | null {
  if (ends === undefined) return value;
  const at = floorPercentage(key, `${ENVIRONMENT_KEY}_${identity.identifier}`);
  for (let i = 0; i < ends.length; i++) if (at < (ends[i] ?? 0)) return values[i] ?? null;
  return value;
}

export function buildTable({ flags, segments }: Workload): ReadonlyMap<string, Row> {
  const predicates = new Map(segments.map((segment) => [segment.id, toPredicate(segment)]));
  const never: Predicate = () => false;
  return new Map(
    flags.map(({ name, state, segmentOverrides, identityOverrides }) => [
      name,
      {
        name,
        base: toState(state),
        overrides: segmentOverrides.map((override) => ({
          matches: predicates.get(override.segment.id) ?? never,
          state: toState(override.state),
        })),
        byIdentifier:
          identityOverrides.length === 0
            ? undefined
            : new Map(
                identityOverrides.map(({ identifier, state }) => [identifier, toState(state)]),
              ),
      },
    ]),
  );
}

function toState({ id, enabled, value, variants }: FlagState): State {
  let end = 0;
  const ends = variants.map(({ weight }) => {
    end += weight;
    return end;
  });
  return {
    enabled,
    value,
    key: String(id),
    ends: ends.length > 0 ? ends : undefined,
    values: variants.map((variant) => variant.value),
  };
}

function toPredicate({ id, conditions, split }: WorkloadSegment): Predicate {
  const predicates = conditions.map(toCondition);
  if (split !== undefined) {
    const key = String(id);
    predicates.push(
      ({ identifier }) => floorPercentage(key, `${ENVIRONMENT_KEY}_${identifier}`) <= split,
    );
  }
  return (identity) => {
    for (const predicate of predicates) if (!predicate(identity)) return false;
    return true;
  };
}

function toCondition(condition: Condition): Predicate {
  const { trait } = condition;
  switch (condition.operator) {
    case "EQUAL":
      return ({ traits }) => traits[trait] === condition.value;
    case "NOT_EQUAL":
      return ({ traits }) => traits[trait] !== condition.value;
    case "CONTAINS":
      return ({ traits }) => String(traits[trait]).includes(condition.value);
    case "IS_TRUE":
      return ({ traits }) => traits[trait] === true;
    case "IN": {
      const values = new Set<unknown>(condition.values);
      return ({ traits }) => values.has(traits[trait]);
    }
    case "AT_LEAST":
      return ({ traits }) => Number(traits[trait]) >= condition.value;
    case "LESS_THAN":
      return ({ traits }) => Number(traits[trait]) < condition.value;
    case "VERSION_AT_LEAST": {
      const least = toVersion(condition.value);
      return ({ traits }) => isAtLeast(toVersion(String(traits[trait])), least);
    }
  }
}

type Version = readonly [major: number, minor: number, patch: number];

function toVersion(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = text.split(".").map(Number);
  return [major, minor, patch];
}

function isAtLeast(version: Version, least: Version): boolean {
  if (version[0] !== least[0]) return version[0] > least[0];
  if (version[1] !== least[1]) return version[1] > least[1];
  return version[2] >= least[2];
}
