import type { OverrideInput } from "./build-tables.ts";
import {
  compileEnvironmentDocument,
  readEntry,
  readIdentity,
  readOverride,
  readState,
} from "./compile-environment-document.ts";
import type {
  ConditionContext,
  EvaluationContext,
  FeatureContext,
  RuleContext,
  SegmentContext,
  VariantContext,
} from "./context.ts";
import type { EnvironmentDocument } from "./environment-document.ts";
import type { StateInput, VariantInput } from "./feature-state.ts";
import { identityOverrideSegment, rankRecords } from "./identity-overrides.ts";
import { lastPriority } from "./order.ts";
import { each, eachOptional, type Json, object, optional, readInput, text } from "./reader.ts";
import type { Outcome } from "./result.ts";
import { maxRuleDepth } from "./segment.ts";

/** What a rule of unknown meaning is mapped to: it never holds. */
const neverRule: RuleContext = { type: "NONE", rules: [{ type: "ALL" }] };

/** Below every priority a document can give, and still a JSON number. */
const firstPriority = -Number.MAX_VALUE;

/**
 * Checks an environment document and maps it to the context format of the evaluation engines, without identity.
 *
 * Segments stay in the document's order: their keys in the record are no whole numbers, because JavaScript would
 * sort those. Identity overrides become segments before all others.
 */
export function mapEnvironmentDocument(document: EnvironmentDocument): Outcome<EvaluationContext> {
  const checked = compileEnvironmentDocument(document);
  if (checked.refused !== undefined) return checked;
  const mapped = readInput(document, mapDocument);
  // What cannot be evaluated is mapped as it is: only compiling finds it.
  return mapped.refused === undefined ? { ...mapped, problems: checked.problems } : mapped;
}

function mapDocument(document: Json): EvaluationContext {
  const features = each(document, "feature_states", (state) => {
    const feature = mapState(readState(state));
    return [feature.name, feature] as const;
  });
  return {
    environment: { key: text(document, "api_key"), name: optional(text, document, "name") ?? "" },
    features: Object.fromEntries(features),
    segments: Object.fromEntries([...mapIdentityOverrides(document), ...mapSegments(document)]),
  };
}

function mapIdentityOverrides(document: Json): [string, SegmentContext][] {
  return rankRecords(eachOptional(document, "identity_overrides", readIdentity))
    .filter(({ states }) => states.length > 0)
    .map(({ identifier, states }, index) => {
      const overrides = states.map((state) => mapOverride({ state, priority: firstPriority }));
      return [`identity_override_${index}`, identityOverrideSegment(identifier, overrides)];
    });
}

function mapSegments(document: Json): [string, SegmentContext][] {
  const segments = object(document, "project", (project) => each(project, "segments", mapSegment));
  return segments.map((segment, index) => [`segment_${index}`, segment]);
}

function mapSegment(segment: Json): SegmentContext {
  const { id, name, metadata } = readEntry(segment);
  return {
    key: String(id),
    name,
    metadata: metadata ?? null,
    rules: each(segment, "rules", (rule) => mapRule(rule, 1)),
    overrides: eachOptional(segment, "feature_states", (state) => mapOverride(readOverride(state))),
  };
}

function mapRule(rule: Json, depth: number): RuleContext {
  if (depth > maxRuleDepth) return neverRule;
  return {
    type: text(rule, "type"),
    conditions: eachOptional(rule, "conditions", mapCondition),
    rules: eachOptional(rule, "rules", (nested) => mapRule(nested, depth + 1)),
  };
}

function mapCondition(condition: Json): ConditionContext {
  return {
    operator: text(condition, "operator"),
    property: optional(text, condition, "property_") ?? "",
    value: condition["value"],
  };
}

function mapOverride({ state, priority }: OverrideInput): FeatureContext {
  return { ...mapState(state), ...(priority !== lastPriority && { priority }) };
}

function mapState({ featureId: _, metadata, variants, ...state }: StateInput): FeatureContext {
  return {
    ...state,
    metadata: metadata ?? null,
    ...(variants.length > 0 && { variants: variants.map(mapVariant) }),
  };
}

function mapVariant({ value, weight, priority, key }: VariantInput): VariantContext {
  return {
    value,
    weight,
    ...(priority !== lastPriority && {
      priority: typeof priority === "bigint" ? String(priority) : priority,
    }),
    ...(key !== null && { key }),
  };
}
