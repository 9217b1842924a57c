import { environmentKey } from "../workload/environment-document.ts";
import {
  type ConditionWriters,
  type FlagState,
  type Identity,
  type Workload,
  type WorkloadSegment,
  writeCondition,
} from "../workload/workload.ts";
import type { BenchClient, Contender, InspectedFlag } from "./contender.ts";
import { hashToPercentage } from "./floor-percentage.ts";

/**
 * The floor: a table of predicates in plain JavaScript with exactly the operators of the workload, without validation,
 * promises, flag objects and reasons. No client can need less CPU.
 */
export const floor: Contender = {
  hashesLikeFlagsmith: true,
  configure: (workload) => JSON.stringify({ ...workload, identities: [] }),
  open: async (configuration): Promise<BenchClient<Identity>> => {
    let table = createTable(configuration);
    let rows = Array.from(table.values());
    return {
      prepare: (identity) => identity,
      readFlag: (identity, { name, kind }) => {
        const row = table.get(name);
        if (row === undefined) return null;
        const state = findState(row, identity);
        return kind === "toggle" ? state.enabled : findValue(state, identity);
      },
      countFlags: (identity) => {
        const flags: InspectedFlag[] = [];
        for (const row of rows) flags.push(evaluate(row, identity));
        return flags.length;
      },
      listFlags: (identity) => new Map(rows.map((row) => [row.name, evaluate(row, identity)])),
      refresh: async (text) => {
        table = createTable(text);
        rows = Array.from(table.values());
      },
    };
  },
};

type Predicate = (identity: Identity) => boolean;

interface Row {
  readonly name: string;
  readonly state: RowState;
  readonly overrides: readonly { readonly matches: Predicate; readonly state: RowState }[];
  readonly identityStates: ReadonlyMap<string, RowState> | undefined;
}

interface RowState {
  readonly enabled: boolean;
  readonly value: string | null;
  readonly hashKey: string;
  /** Upper limits of the variants' percentages. `undefined` without variants. */
  readonly limits: readonly number[] | undefined;
  readonly variants: readonly string[];
}

function evaluate(row: Row, identity: Identity): InspectedFlag {
  const state = findState(row, identity);
  return { enabled: state.enabled, value: findValue(state, identity) };
}

function findState({ state, overrides, identityStates }: Row, identity: Identity): RowState {
  const own = identityStates?.get(identity.identifier);
  if (own !== undefined) return own;
  for (const override of overrides) if (override.matches(identity)) return override.state;
  return state;
}

function findValue({ limits, hashKey, value, variants }: RowState, identity: Identity) {
  if (limits === undefined) return value;
  const percentage = hashIdentity(hashKey, identity);
  for (let i = 0; i < limits.length; i++) {
    if (percentage < (limits[i] ?? 0)) return variants[i] ?? null;
  }
  return value;
}

function hashIdentity(key: string, { identifier }: Identity): number {
  return hashToPercentage(key, `${environmentKey}_${identifier}`);
}

function createTable(configuration: string): ReadonlyMap<string, Row> {
  const { flags, segments } = JSON.parse(configuration) as Workload;
  const predicates = new Map(segments.map((segment) => [segment.id, createPredicate(segment)]));
  return new Map(
    flags.map(({ name, state, segmentOverrides, identityOverrides }) => {
      const overrides = segmentOverrides.map((override) => ({
        matches: predicates.get(override.segment.id) ?? (() => false),
        state: createState(override.state),
      }));
      const identityStates = new Map(
        identityOverrides.map((override) => [override.identifier, createState(override.state)]),
      );
      const row: Row = {
        name,
        state: createState(state),
        overrides,
        identityStates: identityStates.size === 0 ? undefined : identityStates,
      };
      return [name, row];
    }),
  );
}

function createState({ id, enabled, value, variants }: FlagState): RowState {
  let limit = 0;
  const limits = variants.map(({ weight }) => {
    limit += weight;
    return limit;
  });
  return {
    enabled,
    value,
    hashKey: String(id),
    limits: limits.length > 0 ? limits : undefined,
    variants: variants.map((variant) => variant.value),
  };
}

function createPredicate({ id, conditions, split }: WorkloadSegment): Predicate {
  const predicates = conditions.map((condition) => writeCondition(writers, condition));
  if (split !== undefined) {
    const hashKey = String(id);
    predicates.push((identity) => hashIdentity(hashKey, identity) <= split);
  }
  return (identity) => {
    for (const predicate of predicates) if (!predicate(identity)) return false;
    return true;
  };
}

const writers: ConditionWriters<Predicate> = {
  EQUAL: (value, trait) => (identity) => identity.traits[trait] === value,
  NOT_EQUAL: (value, trait) => (identity) => identity.traits[trait] !== value,
  CONTAINS: (part, trait) => (identity) => String(identity.traits[trait]).includes(part),
  IS_TRUE: (_, trait) => (identity) => identity.traits[trait] === true,
  IN: (values, trait) => {
    const set = new Set<unknown>(values);
    return (identity) => set.has(identity.traits[trait]);
  },
  AT_LEAST: (min, trait) => (identity) => Number(identity.traits[trait]) >= min,
  LESS_THAN: (limit, trait) => (identity) => Number(identity.traits[trait]) < limit,
  VERSION_AT_LEAST: (version, trait) => {
    const min = parseVersion(version);
    return (identity) => isAtLeast(parseVersion(String(identity.traits[trait])), min);
  },
};

type Version = readonly [major: number, minor: number, patch: number];

function parseVersion(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = text.split(".").map(Number);
  return [major, minor, patch];
}

function isAtLeast(version: Version, min: Version): boolean {
  if (version[0] !== min[0]) return version[0] > min[0];
  if (version[1] !== min[1]) return version[1] > min[1];
  return version[2] >= min[2];
}
