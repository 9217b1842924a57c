import { once } from "node:events";
import { InMemStorageProvider, Unleash, type UnleashConfig } from "unleash-client";
import {
  type ConditionWriters,
  type FlagState,
  groupOverrides,
  type Identity,
  remainingWeight,
  type Workload,
  type WorkloadFlag,
  type WorkloadSegment,
  writeCondition,
} from "../workload/workload.ts";
import type { BenchClient, Contender } from "./contender.ts";

type Bootstrap = NonNullable<UnleashConfig["bootstrap"]>;
type Context = NonNullable<Parameters<Unleash["isEnabled"]>[1]>;

interface UnleashConfiguration {
  /** The client features of Unleash, as text. */
  readonly bootstrap: string;
  /** Names of the toggles whose feature has the opposite state. */
  readonly inverted: readonly string[];
}

/**
 * Unleash's client, from a bootstrap, without polling and metrics. It cannot evaluate all flags, so the adapter calls
 * it for each flag.
 */
export const unleash: Contender = {
  hashesLikeFlagsmith: false,
  configure: (workload) =>
    JSON.stringify({
      bootstrap: writeClientFeatures(workload),
      inverted: workload.flags.filter(isInverted).map(({ name }) => name),
    } satisfies UnleashConfiguration),
  open: async (configuration): Promise<BenchClient<Context>> => {
    const { bootstrap, inverted } = JSON.parse(configuration) as UnleashConfiguration;
    const invertedNames = new Set(inverted);
    let client = await start(bootstrap);
    return {
      prepare: toContext,
      readFlag: (context, { name, kind }) =>
        kind === "toggle"
          ? client.isEnabled(name, context) !== invertedNames.has(name)
          : (client.getVariant(name, context).payload?.value ?? null),
      countFlags: (context) => {
        const variants: unknown[] = [];
        for (const { name } of client.getFeatureToggleDefinitions()) {
          variants.push(client.getVariant(name, context));
        }
        return variants.length;
      },
      // A client reads its bootstrap only once.
      refresh: async () => {
        client.destroy();
        client = await start(bootstrap);
      },
    };
  },
};

async function start(bootstrap: string): Promise<Unleash> {
  const { features: data, segments } = JSON.parse(bootstrap) as {
    features: NonNullable<Bootstrap["data"]>;
    segments: NonNullable<Bootstrap["segments"]>;
  };
  const client = new Unleash({
    url: "http://127.0.0.1:9/",
    appName: "bench",
    refreshInterval: 0,
    disableMetrics: true,
    disableAutoStart: true,
    skipInstanceCountWarning: true,
    storageProvider: new InMemStorageProvider(),
    bootstrap: { data, segments },
  });
  const ready = once(client, "ready");
  await client.start();
  await ready;
  return client;
}

/** Converts booleans to text, because Unleash has no boolean properties. */
function toContext({ identifier, traits }: Identity): Context {
  const properties = Object.entries(traits).map(([name, value]) => [
    name,
    typeof value === "boolean" ? String(value) : value,
  ]);
  return { userId: identifier, properties: Object.fromEntries(properties) };
}

/**
 * Writes Unleash's client features.
 *
 * A strategy can only enable a feature. A toggle that overrides disable is therefore inverted. Values are variants of
 * the strategy that applies.
 */
function writeClientFeatures({ flags, segments }: Workload): string {
  return JSON.stringify({
    version: 2,
    features: flags.map(writeFeature),
    segments: segments.map(({ id, conditions }) => ({
      id,
      constraints: conditions.map((condition) => ({
        contextName: condition.trait,
        inverted: false,
        values: [],
        ...writeCondition(writers, condition),
      })),
    })),
  });
}

/** Whether the feature is enabled if the toggle is disabled. */
function isInverted(flag: WorkloadFlag): boolean {
  const isOverridden = flag.segmentOverrides.length + flag.identityOverrides.length > 0;
  return flag.kind === "toggle" && flag.state.enabled && isOverridden;
}

function writeFeature(flag: WorkloadFlag): object {
  const strategies: object[] = [];
  for (const [result, values] of groupOverrides(flag)) {
    strategies.push({
      ...writeRollout(flag, 100),
      constraints: [{ contextName: "userId", operator: "IN", inverted: false, values }],
      ...(typeof result === "string" ? { variants: [writeVariant(result, 1000)] } : {}),
    });
  }
  for (const { segment, state } of flag.segmentOverrides) {
    strategies.push({
      ...writeRollout(flag, segment.split ?? 100, segment),
      segments: [segment.id],
      ...writeVariants(flag, state),
    });
  }
  if (flag.state.enabled && !isInverted(flag)) {
    strategies.push({ ...writeRollout(flag, 100), ...writeVariants(flag, flag.state) });
  }
  return { name: flag.name, enabled: strategies.length > 0, strategies, variants: [] };
}

function writeRollout(
  { name }: WorkloadFlag,
  percentage: number,
  segment?: WorkloadSegment,
): object {
  if (percentage === 100) {
    return { name: "default", parameters: { groupId: name }, constraints: [] };
  }
  const groupId = segment?.name ?? name;
  const parameters = { rollout: String(percentage), stickiness: "userId", groupId };
  return { name: "flexibleRollout", parameters, constraints: [] };
}

function writeVariants({ kind }: WorkloadFlag, state: FlagState): object {
  if (kind === "toggle") return {};
  const variants = state.variants.map(({ value, weight }) => writeVariant(value, weight * 10));
  return {
    variants: [writeVariant(String(state.value), remainingWeight(state) * 10), ...variants],
  };
}

function writeVariant(value: string, weight: number): object {
  return { name: value, weight, stickiness: "userId", payload: { type: "string", value } };
}

const writers: ConditionWriters<object> = {
  EQUAL: (value) => ({ operator: "IN", values: [value] }),
  NOT_EQUAL: (value) => ({ operator: "NOT_IN", values: [value] }),
  CONTAINS: (part) => ({ operator: "STR_CONTAINS", values: [part] }),
  IS_TRUE: () => ({ operator: "IN", values: ["true"] }),
  IN: (values) => ({ operator: "IN", values }),
  AT_LEAST: (min) => ({ operator: "NUM_GTE", value: String(min) }),
  LESS_THAN: (limit) => ({ operator: "NUM_LT", value: String(limit) }),
  VERSION_AT_LEAST: (version) => ({ operator: "SEMVER_GTE", value: version }),
};
