import type {
  Condition,
  FlagState,
  IdentityOverride,
  Workload,
  WorkloadFlag,
  WorkloadSegment,
} from "./workload.ts";

export const ENVIRONMENT_KEY = "87oku7E2WusAnXddNw9Bmb";

const DATE = "2026-11-22T13:13:21.569036+00:00";

/** Writes the document that Flagsmith's API would serve, member by member as a real one has them. */
export function writeEnvironmentDocument({ flags, segments }: Workload): string {
  return JSON.stringify({
    id: 1,
    api_key: ENVIRONMENT_KEY,
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
      segments: writeSegments(flags, segments),
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

function writeSegments(
  flags: readonly WorkloadFlag[],
  segments: readonly WorkloadSegment[],
): unknown[] {
  const states = new Map<number, unknown[]>(segments.map(({ id }) => [id, []]));
  for (const flag of flags) {
    for (const { segment, priority, state } of flag.segmentOverrides) {
      states.get(segment.id)?.push(writeState(flag, state, priority));
    }
  }
  return segments.map((segment) => ({
    id: segment.id,
    name: segment.name,
    rules: [{ type: "ALL", rules: writeConditions(segment), conditions: [] }],
    feature_states: states.get(segment.id),
  }));
}

/** As the dashboard saves them: each condition in a rule of its own. */
function writeConditions({ conditions, split }: WorkloadSegment): unknown[] {
  const written = conditions.map(writeCondition);
  if (split !== undefined) {
    written.push({ operator: "PERCENTAGE_SPLIT", value: String(split), property_: null });
  }
  return written.map((condition) => ({ type: "ANY", rules: [], conditions: [condition] }));
}

function writeCondition(condition: Condition): unknown {
  const property_ = condition.trait;
  switch (condition.operator) {
    case "IS_TRUE":
      return { operator: "EQUAL", value: "true", property_ };
    case "IN":
      return { operator: "IN", value: condition.values.join(","), property_ };
    case "AT_LEAST":
      return { operator: "GREATER_THAN_INCLUSIVE", value: String(condition.value), property_ };
    case "VERSION_AT_LEAST":
      return { operator: "GREATER_THAN_INCLUSIVE", value: `${condition.value}:semver`, property_ };
    default:
      return { operator: condition.operator, value: String(condition.value), property_ };
  }
}

function writeState(
  { id, name, kind }: WorkloadFlag,
  state: FlagState,
  priority: number | null,
): unknown {
  return {
    feature: { id, name, type: kind === "multivariate" ? "MULTIVARIATE" : "STANDARD" },
    enabled: state.enabled,
    django_id: state.id,
    feature_segment: priority === null ? null : { priority },
    featurestate_uuid: state.uuid,
    feature_state_value: state.value,
    multivariate_feature_state_values: state.variants.map(({ id, uuid, optionId, ...variant }) => ({
      multivariate_feature_option: { value: variant.value, id: optionId, key: null },
      percentage_allocation: variant.weight,
      id,
      mv_fs_value_uuid: uuid,
    })),
  };
}

function writeIdentityOverrides(flags: readonly WorkloadFlag[]): unknown[] {
  const overrides = flags.flatMap((flag) =>
    flag.identityOverrides.map((override) => [flag, override] as const),
  );
  // As the identities were created, not grouped by flag.
  overrides.sort(([, a], [, b]) => (a.identifier < b.identifier ? -1 : 1));
  return overrides.map(([flag, override], i) => writeIdentityOverride(flag, override, i + 1));
}

function writeIdentityOverride(
  flag: WorkloadFlag,
  { identifier, state }: IdentityOverride,
  id: number,
): unknown {
  return {
    identifier,
    environment_api_key: ENVIRONMENT_KEY,
    created_date: DATE,
    identity_features: [writeState(flag, state, null)],
    identity_traits: [],
    identity_uuid: state.uuid,
    django_id: id,
    dashboard_alias: null,
    composite_key: `${ENVIRONMENT_KEY}_${identifier}`,
  };
}
