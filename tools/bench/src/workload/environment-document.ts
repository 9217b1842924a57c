import {
  type ConditionWriters,
  type FlagState,
  type Workload,
  type WorkloadFlag,
  type WorkloadSegment,
  writeCondition,
} from "./workload.ts";

export const environmentKey = "87oku7E2WusAnXddNw9Bmb";

/** Writes the environment document that Flagsmith's API would return. */
export function writeEnvironmentDocument({ flags, segments }: Workload): string {
  return JSON.stringify({
    id: 1,
    api_key: environmentKey,
    project: {
      id: 1,
      name: "Shop",
      organisation: {
        id: 1,
        name: "Organisation",
        feature_analytics: false,
        stop_serving_flags: false,
        persist_trait_data: true,
      },
      hide_disabled_flags: false,
      segments: segments.map((segment) => writeSegment(segment, flags)),
      enable_realtime_updates: false,
      server_key_only_feature_ids: [],
    },
    feature_states: flags.map((flag) => writeState(flag, flag.state, null)),
    identity_overrides: writeIdentityOverrides(flags),
    name: "Production",
    allow_client_traits: true,
    updated_at: "2026-11-22T13:13:23.786715+00:00",
    hide_sensitive_data: false,
    hide_disabled_flags: null,
    use_identity_composite_key_for_hashing: true,
    use_identity_overrides_in_local_eval: true,
  });
}

/** Writes each condition in a rule of its own, as the dashboard saves them. */
function writeSegment(segment: WorkloadSegment, flags: readonly WorkloadFlag[]): object {
  const conditions: object[] = segment.conditions.map((condition) => {
    const [operator, value] = writeCondition(writers, condition);
    return { operator, value, property_: condition.trait };
  });
  if (segment.split !== undefined) {
    const value = String(segment.split);
    conditions.push({ operator: "PERCENTAGE_SPLIT", value, property_: null });
  }
  const rules = conditions.map((rule) => ({ type: "ANY", rules: [], conditions: [rule] }));
  return {
    id: segment.id,
    name: segment.name,
    rules: [{ type: "ALL", rules, conditions: [] }],
    feature_states: flags.flatMap((flag) =>
      flag.segmentOverrides.flatMap((override, priority) =>
        override.segment === segment ? [writeState(flag, override.state, priority)] : [],
      ),
    ),
  };
}

const writers: ConditionWriters<readonly [operator: string, value: string]> = {
  EQUAL: (value) => ["EQUAL", value],
  NOT_EQUAL: (value) => ["NOT_EQUAL", value],
  CONTAINS: (part) => ["CONTAINS", part],
  IS_TRUE: () => ["EQUAL", "true"],
  IN: (values) => ["IN", values.join(",")],
  AT_LEAST: (min) => ["GREATER_THAN_INCLUSIVE", String(min)],
  LESS_THAN: (limit) => ["LESS_THAN", String(limit)],
  VERSION_AT_LEAST: (version) => ["GREATER_THAN_INCLUSIVE", `${version}:semver`],
};

function writeState(
  { id, name, kind }: WorkloadFlag,
  state: FlagState,
  priority: number | null,
): object {
  return {
    feature: { id, name, type: kind === "multivariate" ? "MULTIVARIATE" : "STANDARD" },
    enabled: state.enabled,
    django_id: state.id,
    feature_segment: priority === null ? null : { priority },
    featurestate_uuid: state.uuid,
    feature_state_value: state.value,
    multivariate_feature_state_values: state.variants.map((variant) => ({
      multivariate_feature_option: { value: variant.value, id: variant.optionId, key: null },
      percentage_allocation: variant.weight,
      id: variant.id,
      mv_fs_value_uuid: variant.uuid,
    })),
  };
}

/** Writes the identity overrides in the order in which the identities were created. */
function writeIdentityOverrides(flags: readonly WorkloadFlag[]): object[] {
  const overrides = flags.flatMap((flag) =>
    flag.identityOverrides.map((override) => ({ flag, ...override })),
  );
  overrides.sort((a, b) => (a.identifier < b.identifier ? -1 : 1));
  return overrides.map(({ flag, identifier, state }, i) => ({
    identifier,
    environment_api_key: environmentKey,
    created_date: "2026-11-22T13:13:21.569036+00:00",
    identity_features: [writeState(flag, state, null)],
    identity_traits: [],
    identity_uuid: state.uuid,
    django_id: i + 1,
    dashboard_alias: null,
    composite_key: `${environmentKey}_${identifier}`,
  }));
}
