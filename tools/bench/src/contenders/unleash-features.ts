import type {
  Condition,
  FlagState,
  Workload,
  WorkloadFlag,
  WorkloadSegment,
} from "../workload/workload.ts";
import { groupByAnswer } from "./group-by-answer.ts";

/**
 * Writes the workload as Unleash's client features.
 *
 * Its strategies can only switch on. A toggle that overrides switch off is therefore written upside down; values are
 * variants of the strategy that applies.
 */
export function writeUnleashFeatures({ flags, segments }: Workload): string {
  return JSON.stringify({
    version: 2,
    features: flags.map(writeFeature),
    segments: segments.map(({ id, conditions }) => ({
      id,
      constraints: conditions.map(writeConstraint),
    })),
  });
}

/** Whether the feature is on where the toggle is off. */
export function isInverted(flag: WorkloadFlag): boolean {
  const isOverridden = flag.segmentOverrides.length + flag.identityOverrides.length > 0;
  return flag.kind === "toggle" && flag.state.enabled && isOverridden;
}

function writeFeature(flag: WorkloadFlag): unknown {
  const strategies: unknown[] = [];
  for (const [answer, identifiers] of groupByAnswer(flag)) {
    const constraint = {
      contextName: "userId",
      operator: "IN",
      inverted: false,
      values: identifiers,
    };
    strategies.push({
      ...writeRollout(flag, 100),
      constraints: [constraint],
      ...(typeof answer === "string" ? { variants: [writeVariant(answer, 1000)] } : {}),
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

function writeRollout({ name }: WorkloadFlag, share: number, segment?: WorkloadSegment): object {
  if (share === 100) return { name: "default", parameters: { groupId: name }, constraints: [] };
  const groupId = segment?.name ?? name;
  const parameters = { rollout: String(share), stickiness: "userId", groupId };
  return { name: "flexibleRollout", parameters, constraints: [] };
}

function writeVariants({ kind }: WorkloadFlag, { value, variants }: FlagState): object {
  if (kind === "toggle") return {};
  const rest = variants.reduce((left, { weight }) => left - weight, 100);
  const shares = variants.map((variant) => writeVariant(variant.value, variant.weight * 10));
  return { variants: [writeVariant(String(value), rest * 10), ...shares] };
}

function writeVariant(value: string, weight: number): object {
  return { name: value, weight, stickiness: "userId", payload: { type: "string", value } };
}

function writeConstraint(condition: Condition): unknown {
  return { contextName: condition.trait, inverted: false, values: [], ...writeTest(condition) };
}

function writeTest(condition: Condition): object {
  switch (condition.operator) {
    case "EQUAL":
      return { operator: "IN", values: [condition.value] };
    case "NOT_EQUAL":
      return { operator: "NOT_IN", values: [condition.value] };
    case "CONTAINS":
      return { operator: "STR_CONTAINS", values: [condition.value] };
    case "IS_TRUE":
      return { operator: "IN", values: ["true"] };
    case "IN":
      return { operator: "IN", values: condition.values };
    case "AT_LEAST":
      return { operator: "NUM_GTE", value: String(condition.value) };
    case "LESS_THAN":
      return { operator: "NUM_LT", value: String(condition.value) };
    case "VERSION_AT_LEAST":
      return { operator: "SEMVER_GTE", value: condition.value };
  }
}
