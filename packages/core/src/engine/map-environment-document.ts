import { buildTables } from "./build-tables.ts";
import { readDocument } from "./compile-environment-document.ts";
import type {
  EvaluationContext,
  FeatureContext,
  RuleContext,
  SegmentContext,
  VariantContext,
} from "./context.ts";
import type { DocumentRule, EnvironmentDocument } from "./environment-document.ts";
import type { StateInput, VariantInput } from "./feature-state.ts";
import { createOverrideSegment } from "./identity-overrides.ts";
import { lastPriority } from "./order.ts";
import { readInput } from "./reader.ts";
import type { ReadResult } from "./result.ts";

/** The rules of a segment that cannot be evaluated: it never matches. */
const neverRules: readonly RuleContext[] = [{ type: "NONE", rules: [{ type: "ALL" }] }];

/** Lower than every priority in a document, and still a JSON number. */
const firstPriority = -Number.MAX_VALUE;

/**
 * Checks an environment document and maps it to the context format of Flagsmith's engines, without an identity. Parts
 * that cannot be evaluated are reported. A malformed segment is mapped to one that never matches, and a malformed feature
 * or override is left out.
 *
 * Segments keep their order. Their keys in the record are not integers, because JavaScript sorts those. Identity
 * overrides become segments that precede all others.
 *
 * @example
 * const { value: context } = mapEnvironmentDocument(document);
 * if (context) getEvaluationResult(context);
 */
export function mapEnvironmentDocument(
  document: EnvironmentDocument,
): ReadResult<EvaluationContext> {
  return readInput(document, (json) => {
    const input = readDocument(json);
    // Also reports chains of flags that are too long.
    buildTables(input);
    const segments: Record<string, SegmentContext> = {};
    input.identities.forEach(({ identifier, states }, index) => {
      const overrides = mapStates(states).map((state) => ({ ...state, priority: firstPriority }));
      if (overrides.length === 0) return;
      segments[`identity_override_${index}`] = createOverrideSegment(identifier, overrides);
    });
    input.segments.forEach(({ segment: { entry, isMalformed }, rules, overrides }, index) => {
      segments[`segment_${index}`] = {
        key: String(entry.id),
        name: entry.name,
        metadata: entry.metadata ?? null,
        rules: isMalformed ? neverRules : mapRules(rules as readonly DocumentRule[]),
        overrides: mapStates(overrides),
      };
    });
    const features = mapStates(input.features).map((state) => [state.name, state] as const);
    return { environment: input.environment, features: Object.fromEntries(features), segments };
  });
}

function mapRules(rules: readonly DocumentRule[] | null | undefined): RuleContext[] {
  return (rules ?? []).map(({ type, conditions, rules }) => ({
    type,
    conditions: (conditions ?? []).map(({ operator, property_, value }) => ({
      operator,
      property: property_ ?? "",
      value,
    })),
    rules: mapRules(rules),
  }));
}

function mapStates(states: readonly StateInput[]): FeatureContext[] {
  return states.filter(({ isMalformed }) => !isMalformed).map(mapState);
}

function mapState(input: StateInput): FeatureContext {
  const { featureId, isMalformed: _, variants, priority, ...state } = input;
  return {
    ...state,
    metadata: featureId === undefined ? null : { id: featureId },
    ...(variants.length > 0 && { variants: variants.map(mapVariant) }),
    ...(priority !== lastPriority && { priority }),
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
