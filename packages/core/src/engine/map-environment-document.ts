import { buildTables, type OverrideInput } from "./build-tables.ts";
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
import { maxRuleDepth } from "./segment.ts";

/** Replaces a rule that is nested too deep: it never matches. */
const neverRule: RuleContext = { type: "NONE", rules: [{ type: "ALL" }] };

/** Lower than every priority in a document, and still a JSON number. */
const firstPriority = -Number.MAX_VALUE;

/**
 * Checks an environment document and maps it to the context format of Flagsmith's engines, without an identity. Parts
 * that cannot be evaluated are reported and mapped as they are.
 *
 * Segments keep their order. Their keys in the record are not integers, because JavaScript sorts those. Identity
 * overrides become segments that precede all others.
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
      if (states.length === 0) return;
      const overrides = states.map((state) => mapOverride({ state, priority: firstPriority }));
      segments[`identity_override_${index}`] = createOverrideSegment(identifier, overrides);
    });
    input.segments.forEach(({ entry, overrides }, index) => {
      segments[`segment_${index}`] = {
        key: String(entry.id),
        name: entry.name,
        metadata: entry.metadata ?? null,
        rules: mapRules(document.project.segments[index]?.rules, 1),
        overrides: overrides.map(mapOverride),
      };
    });
    const features = input.features.map((state) => [state.name, mapState(state)] as const);
    return { environment: input.environment, features: Object.fromEntries(features), segments };
  });
}

function mapRules(rules: readonly DocumentRule[] | null | undefined, depth: number): RuleContext[] {
  return (rules ?? []).map(({ type, conditions, rules }) =>
    depth > maxRuleDepth
      ? neverRule
      : {
          type,
          conditions: (conditions ?? []).map(({ operator, property_, value }) => ({
            operator,
            property: property_ ?? "",
            value,
          })),
          rules: mapRules(rules, depth + 1),
        },
  );
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
