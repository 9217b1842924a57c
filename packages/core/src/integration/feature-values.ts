import type { CompiledEnvironment, FlagValue } from "../engine/index.ts";
import { type Flags, getReader } from "../flags/flags.ts";

/** The values that the flag of a feature can have, except for overrides of single identities. */
export interface FeatureValues {
  readonly featureName: string;
  /** `undefined` if the API hides it. */
  readonly featureId: number | undefined;
  /** Whether the feature is on in the environment. */
  readonly enabled: boolean;
  /** The environment's own value. With variants it is the control value. */
  readonly value: FlagValue | undefined;
  /** `weight` is in per cent. Empty in remote evaluation, because the API does not list variants. */
  readonly variants: readonly {
    readonly key: string | null;
    readonly weight: number;
    readonly value: FlagValue;
  }[];
  /** By precedence. Empty in remote evaluation, because the API does not list segments. */
  readonly segments: readonly { readonly name: string; readonly value: FlagValue }[];
}

/**
 * Lists the features of an environment with their values. This is no evaluation of the application.
 *
 * @param flags - the environment's flags.
 */
export function listFeatureValues(flags: Flags): FeatureValues[] {
  const { compiled } = getReader(flags).origin;
  if (compiled) return listCompiledValues(compiled);
  return flags.allFlags().map(({ featureName, featureId, enabled, value }) => {
    return { featureName, featureId, enabled, value, variants: [], segments: [] };
  });
}

function listCompiledValues({ tables }: CompiledEnvironment): FeatureValues[] {
  const features = [...tables.features].filter(([, { base }]) => !base.isMalformed);
  return features.map(([featureName, { base, overrides }]) => {
    const { featureId, enabled, value } = base.flag;
    const ranges = base.split?.ranges ?? [];
    const variants = ranges.map(({ end, flag }, index) => {
      // Differences of fractions are inexact, such as 20.199999999999996.
      const weight = Number((end - (ranges[index - 1]?.end ?? 0)).toFixed(9));
      return { key: flag.variant, weight, value: flag.value };
    });
    const segments = overrides.flatMap(({ segment, state }) => {
      const name = tables.segments[segment]?.entry.name;
      return name === undefined || state.isMalformed ? [] : [{ name, value: state.flag.value }];
    });
    return { featureName, featureId, enabled, value, variants, segments };
  });
}
