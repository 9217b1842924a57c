import { GrowthBookClient, type UserContext } from "@growthbook/growthbook";
import {
  type ConditionWriters,
  type FlagState,
  groupOverrides,
  readResult,
  remainingWeight,
  type Workload,
  type WorkloadFlag,
  writeCondition,
} from "../workload/workload.ts";
import type { BenchClient, Contender } from "./contender.ts";

/** GrowthBook's client for servers. It cannot evaluate all flags, so the adapter calls it for each flag. */
export const growthbook: Contender = {
  hashesLikeFlagsmith: false,
  configure: writePayload,
  open: async (configuration): Promise<BenchClient<UserContext>> => {
    const client = new GrowthBookClient().initSync({ payload: JSON.parse(configuration) });
    let names = Object.keys(client.getFeatures());
    return {
      prepare: ({ identifier, traits }) => ({ attributes: { id: identifier, ...traits } }),
      readFlag: (user, { name, kind }) =>
        kind === "toggle" ? client.isOn(name, user) : client.getFeatureValue(name, "", user),
      countFlags: (user) => {
        const values: unknown[] = [];
        for (const name of names) values.push(client.evalFeature(name, user).value);
        return values.length;
      },
      refresh: async (text) => {
        await client.setPayload(JSON.parse(text));
        names = Object.keys(client.getFeatures());
      },
    };
  },
};

/** Writes GrowthBook's SDK payload. Each rule of a flag repeats the conditions of its segment. */
function writePayload({ flags }: Workload): string {
  const features = Object.fromEntries(flags.map((flag) => [flag.name, writeFlag(flag)]));
  return JSON.stringify({ features });
}

function writeFlag(flag: WorkloadFlag): object {
  const rules: object[] = [];
  for (const [force, identifiers] of groupOverrides(flag)) {
    rules.push({ condition: { id: { $in: identifiers } }, force });
  }
  for (const { segment, state } of flag.segmentOverrides) {
    const { name, conditions, split } = segment;
    const written = conditions.map((condition) => writeCondition(writers, condition));
    rules.push({
      condition: Object.assign({}, ...written),
      ...(split !== undefined && { coverage: split / 100, hashAttribute: "id", seed: name }),
      ...writeOutcome(flag, state, name),
    });
  }
  if (flag.state.variants.length > 0) rules.push(writeOutcome(flag, flag.state, "base"));
  return { defaultValue: readResult(flag, flag.state), rules };
}

function writeOutcome(flag: WorkloadFlag, state: FlagState, salt: string): object {
  const control = readResult(flag, state);
  if (state.variants.length === 0) return { force: control };
  return {
    key: `${flag.name}-${salt}`,
    hashAttribute: "id",
    hashVersion: 2,
    variations: [control, ...state.variants.map(({ value }) => value)],
    weights: [remainingWeight(state) / 100, ...state.variants.map(({ weight }) => weight / 100)],
  };
}

const writers: ConditionWriters<object> = {
  EQUAL: (value, trait) => ({ [trait]: value }),
  NOT_EQUAL: (value, trait) => ({ [trait]: { $ne: value } }),
  CONTAINS: (part, trait) => ({ [trait]: { $regex: part.replaceAll(".", "\\.") } }),
  IS_TRUE: (_, trait) => ({ [trait]: true }),
  IN: (values, trait) => ({ [trait]: { $in: values } }),
  AT_LEAST: (min, trait) => ({ [trait]: { $gte: min } }),
  LESS_THAN: (limit, trait) => ({ [trait]: { $lt: limit } }),
  VERSION_AT_LEAST: (version, trait) => ({ [trait]: { $vgte: version } }),
};
