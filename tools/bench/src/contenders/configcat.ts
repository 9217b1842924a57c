import {
  createConsoleLogger,
  getClient,
  type IConfigCatCache,
  type IUser,
  LogLevel,
  PollingMode,
} from "@configcat/sdk";
import {
  type ConditionWriters,
  type FlagState,
  groupOverrides,
  type Identity,
  readResult,
  remainingWeight,
  type Workload,
  type WorkloadFlag,
  type WorkloadSegment,
  writeCondition,
} from "../workload/workload.ts";
import type { BenchClient, Contender } from "./contender.ts";

/** ConfigCat's client, offline, with its configuration in its external cache. One flag is read from a snapshot. */
export const configcat: Contender = {
  hashesLikeFlagsmith: false,
  configure: writeConfig,
  open: async (configuration): Promise<BenchClient<IUser>> => {
    const cache = new SingleEntryCache(configuration);
    const client = getClient(sdkKey, PollingMode.ManualPoll, {
      cache,
      offline: true,
      logger: createConsoleLogger(LogLevel.Error),
    });
    await client.forceRefreshAsync();
    let snapshot = client.snapshot();
    return {
      prepare: toUser,
      readFlag: (user, { name, kind }) =>
        kind === "toggle"
          ? snapshot.getValue(name, false, user)
          : snapshot.getValue(name, "", user),
      countFlags: async (user) => (await client.getAllValuesAsync(user)).length,
      refresh: async (text) => {
        cache.put(text);
        await client.forceRefreshAsync();
        snapshot = client.snapshot();
      },
    };
  },
};

/** A key with the format that the client expects. */
const sdkKey = "configcat-sdk-1/aaaaaaaaaaaaaaaaaaaaaa/bbbbbbbbbbbbbbbbbbbbbb";

/** Converts booleans to text, because ConfigCat has no boolean attributes. */
function toUser({ identifier, traits: { email, country, ...others } }: Identity): IUser {
  const custom = Object.entries(others).map(([name, value]) => [
    name,
    typeof value === "boolean" ? String(value) : value,
  ]);
  return {
    identifier,
    email: String(email),
    country: String(country),
    custom: Object.fromEntries(custom),
  };
}

/** Holds one configuration in the client's own format: time, ETag and text. */
class SingleEntryCache implements IConfigCatCache {
  #entry = "";
  #version = 0;

  constructor(configuration: string) {
    this.put(configuration);
  }

  put(configuration: string): void {
    this.#version++;
    this.#entry = `${Date.now()}\netag-${this.#version}\n${configuration}`;
  }

  get(): string {
    return this.#entry;
  }

  set(): void {}
}

/** Comparators and setting types, with the numbers that ConfigCat uses for them. */
const textIsOneOf = 0;
const textContainsAnyOf = 2;
const semverAtLeast = 9;
const numberLess = 12;
const numberAtLeast = 15;
const textEquals = 28;
const textNotEquals = 29;
const isInSegment = 0;
const booleanSetting = 0;
const textSetting = 1;

/** Traits that ConfigCat has its own attributes for. */
const attributes: Readonly<Record<string, string>> = { email: "Email", country: "Country" };

/** Writes ConfigCat's `config_v6.json`. */
function writeConfig({ flags, segments }: Workload): string {
  return JSON.stringify({
    p: { u: "https://cdn-global.configcat.com", r: 0, s: "c2FsdA==" },
    s: segments.map(({ name, conditions }) => ({
      n: name,
      r: conditions.map((condition) => ({
        a: attributes[condition.trait] ?? condition.trait,
        ...writeCondition(writers, condition),
      })),
    })),
    f: Object.fromEntries(flags.map((flag) => [flag.name, writeFlag(flag)])),
  });
}

const writers: ConditionWriters<object> = {
  EQUAL: (value) => ({ c: textEquals, s: value }),
  NOT_EQUAL: (value) => ({ c: textNotEquals, s: value }),
  CONTAINS: (part) => ({ c: textContainsAnyOf, l: [part] }),
  IS_TRUE: () => ({ c: textEquals, s: "true" }),
  IN: (values) => ({ c: textIsOneOf, l: values }),
  AT_LEAST: (min) => ({ c: numberAtLeast, d: min }),
  LESS_THAN: (limit) => ({ c: numberLess, d: limit }),
  VERSION_AT_LEAST: (version) => ({ c: semverAtLeast, s: version }),
};

function writeFlag(flag: WorkloadFlag): object {
  const rules: object[] = [];
  for (const [result, identifiers] of groupOverrides(flag)) {
    const condition = { u: { a: "Identifier", c: textIsOneOf, l: identifiers } };
    rules.push({ c: [condition], s: { v: writeValue(result) } });
  }
  for (const { segment, state } of flag.segmentOverrides) {
    rules.push({
      c: [{ s: { s: segment.id - 1, c: isInSegment } }],
      ...writeOutcome(flag, state, segment),
    });
  }
  return {
    t: flag.kind === "toggle" ? booleanSetting : textSetting,
    r: rules,
    ...(flag.state.variants.length > 0 ? { p: writeShares(flag, flag.state) } : {}),
    v: writeValue(readResult(flag, flag.state)),
  };
}

/** Writes a value or percentages. The remaining percentage of a split gets the value without the override. */
function writeOutcome(flag: WorkloadFlag, state: FlagState, { split }: WorkloadSegment): object {
  if (state.variants.length > 0) return { p: writeShares(flag, state) };
  const v = writeValue(readResult(flag, state));
  if (split === undefined) return { s: { v } };
  return {
    p: [
      { p: split, v },
      { p: 100 - split, v: writeValue(readResult(flag, flag.state)) },
    ],
  };
}

function writeShares(flag: WorkloadFlag, state: FlagState): object[] {
  const shares = state.variants.map(({ value, weight }) => ({ p: weight, v: writeValue(value) }));
  return [...shares, { p: remainingWeight(state), v: writeValue(readResult(flag, state)) }];
}

function writeValue(value: boolean | string): object {
  return typeof value === "boolean" ? { b: value } : { s: value };
}
