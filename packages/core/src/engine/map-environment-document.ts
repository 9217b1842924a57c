import { compileEnvironmentDocument, uuidNumber } from "./compile-environment-document.ts";
import type {
  EvaluationContext,
  FeatureContext,
  RuleContext,
  SegmentContext,
  VariantContext,
} from "./context.ts";
import type {
  DocumentFeatureState,
  DocumentRule,
  DocumentSegment,
  DocumentVariant,
  EnvironmentDocument,
} from "./environment-document.ts";
import { identityOverrideSegment, rankRecords } from "./identity-overrides.ts";
import type { Outcome } from "./result.ts";

/** What a rule of unknown meaning is mapped to: it never holds. */
const NEVER: RuleContext = { type: "NONE", rules: [{ type: "ALL" }] };

/** Below every priority a document can give, and still a JSON number. */
const FIRST_PRIORITY = -Number.MAX_VALUE;

/** Deeper rules never match, as when the document is compiled directly. */
const DEEPEST_RULE = 64;

/**
 * Checks an environment document and maps it to the context format of the evaluation engines, without identity.
 *
 * Segments stay in the document's order: their keys in the record are no whole numbers, because JavaScript would
 * sort those. Identity overrides become segments before all others.
 */
export function mapEnvironmentDocument(document: EnvironmentDocument): Outcome<EvaluationContext> {
  const checked = compileEnvironmentDocument(document);
  if (checked.refused !== undefined) return checked;
  const features = document.feature_states.map((state) => {
    const feature = mapState(state);
    return [feature.name, feature] as const;
  });
  const value: EvaluationContext = {
    environment: { key: document.api_key, name: document.name ?? "" },
    features: Object.fromEntries(features),
    segments: Object.fromEntries([...mapIdentityOverrides(document), ...mapSegments(document)]),
  };
  return { value, problems: checked.problems };
}

function mapIdentityOverrides({
  identity_overrides,
}: EnvironmentDocument): [string, SegmentContext][] {
  const records = (identity_overrides ?? []).map(({ identifier, identity_features }) => {
    return { identifier, states: (identity_features ?? []).map(mapState) };
  });
  return rankRecords(records)
    .filter(({ states }) => states.length > 0)
    .map(({ identifier, states }, index) => {
      const overrides = states.map((state) => ({ ...state, priority: FIRST_PRIORITY }));
      return [`identity_override_${index}`, identityOverrideSegment(identifier, overrides)];
    });
}

function mapSegments({ project }: EnvironmentDocument): [string, SegmentContext][] {
  return project.segments.map((segment, index) => [`segment_${index}`, mapSegment(segment)]);
}

function mapSegment({ id, name, rules, feature_states }: DocumentSegment): SegmentContext {
  return {
    key: String(id),
    name,
    metadata: { id, source: "api" },
    rules: rules.map((rule) => mapRule(rule, 1)),
    overrides: (feature_states ?? []).map((state) => {
      const priority = state.feature_segment?.priority ?? null;
      return { ...mapState(state), ...(priority !== null && { priority }) };
    }),
  };
}

function mapRule({ type, conditions, rules }: DocumentRule, depth: number): RuleContext {
  if (depth > DEEPEST_RULE) return NEVER;
  return {
    type,
    conditions: (conditions ?? []).map(({ operator, property_, value }) => ({
      operator,
      property: property_ ?? "",
      value,
    })),
    rules: (rules ?? []).map((rule) => mapRule(rule, depth + 1)),
  };
}

function mapState(state: DocumentFeatureState): FeatureContext {
  const { feature, enabled, django_id, featurestate_uuid } = state;
  const variants = state.multivariate_feature_state_values ?? [];
  return {
    key: String(django_id || (featurestate_uuid ?? "")),
    name: feature.name,
    enabled,
    value: state.feature_state_value ?? null,
    metadata: { id: feature.id },
    ...(variants.length > 0 && { variants: variants.map(mapVariant) }),
  };
}

function mapVariant(variant: DocumentVariant): VariantContext {
  const { id, mv_fs_value_uuid, percentage_allocation: weight } = variant;
  const { value, key } = variant.multivariate_feature_option;
  const priority = id || uuidNumber(mv_fs_value_uuid);
  return {
    value: value ?? null,
    weight,
    ...(priority !== Infinity && {
      priority: typeof priority === "bigint" ? String(priority) : priority,
    }),
    ...((key ?? null) !== null && { key: key ?? null }),
  };
}
