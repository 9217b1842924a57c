import type {
  Condition,
  FlagState,
  Workload,
  WorkloadFlag,
  WorkloadSegment,
} from "../workload/workload.ts";
import { groupByAnswer } from "./group-by-answer.ts";

/** Writes the workload as GrowthBook's SDK payload: segments are conditions of the rules that use them. */
export function writeGrowthbookPayload({ flags }: Workload): string {
  const features = Object.fromEntries(flags.map((flag) => [flag.name, writeFlag(flag)]));
  return JSON.stringify({ features });
}

function writeFlag(flag: WorkloadFlag): unknown {
  const rules: unknown[] = [];
  for (const [force, identifiers] of groupByAnswer(flag)) {
    rules.push({ condition: { id: { $in: identifiers } }, force });
  }
  for (const { segment, state } of flag.segmentOverrides) {
    rules.push({ ...writeAudience(segment), ...writeOutcome(flag, state, segment.name) });
  }
  if (flag.state.variants.length > 0) rules.push(writeOutcome(flag, flag.state, "base"));
  return { defaultValue: controlOf(flag, flag.state), rules };
}

function controlOf({ kind }: WorkloadFlag, { enabled, value }: FlagState): boolean | string {
  return kind === "toggle" ? enabled : String(value);
}

function writeOutcome(flag: WorkloadFlag, state: FlagState, salt: string): object {
  const control = controlOf(flag, state);
  if (state.variants.length === 0) return { force: control };
  const weights = state.variants.map(({ weight }) => weight / 100);
  return {
    key: `${flag.name}-${salt}`,
    hashAttribute: "id",
    hashVersion: 2,
    variations: [control, ...state.variants.map(({ value }) => value)],
    weights: [1 - weights.reduce((sum, weight) => sum + weight, 0), ...weights],
  };
}

function writeAudience({ name, conditions, split }: WorkloadSegment): object {
  const condition = Object.assign({}, ...conditions.map(writeCondition));
  if (split === undefined) return { condition };
  return { condition, coverage: split / 100, hashAttribute: "id", seed: name };
}

function writeCondition(condition: Condition): object {
  return { [condition.trait]: writeTest(condition) };
}

function writeTest(condition: Condition): unknown {
  switch (condition.operator) {
    case "EQUAL":
      return condition.value;
    case "NOT_EQUAL":
      return { $ne: condition.value };
    case "CONTAINS":
      return { $regex: condition.value.replaceAll(".", "\\.") };
    case "IS_TRUE":
      return true;
    case "IN":
      return { $in: condition.values };
    case "AT_LEAST":
      return { $gte: condition.value };
    case "LESS_THAN":
      return { $lt: condition.value };
    case "VERSION_AT_LEAST":
      return { $vgte: condition.value };
  }
}
