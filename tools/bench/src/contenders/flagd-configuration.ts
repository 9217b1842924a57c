import type {
  Condition,
  FlagState,
  Workload,
  WorkloadFlag,
  WorkloadSegment,
} from "../workload/workload.ts";
import { groupByAnswer } from "./group-by-answer.ts";

/** Writes the workload as flagd's flag definitions: each segment is an evaluator that flags refer to. */
export function writeFlagdConfiguration({ flags, segments }: Workload): string {
  const $evaluators = Object.fromEntries(
    segments.map((segment) => [evaluatorOf(segment), writeSegment(segment)]),
  );
  return JSON.stringify({
    flags: Object.fromEntries(flags.map((flag) => [flag.name, writeFlag(flag)])),
    $evaluators,
  });
}

const evaluatorOf = ({ id }: WorkloadSegment) => `segment_${id}`;
const variable = (name: string) => ({ var: name });

function writeFlag(flag: WorkloadFlag): unknown {
  const variants: Record<string, boolean | string> = {};
  const nameOf = (answer: boolean | string) => {
    const name = String(answer);
    variants[name] = answer;
    return name;
  };
  const branches: unknown[] = [];
  for (const [answer, identifiers] of groupByAnswer(flag)) {
    branches.push({ in: [variable("targetingKey"), identifiers] }, nameOf(answer));
  }
  for (const { segment, state } of flag.segmentOverrides) {
    branches.push({ $ref: evaluatorOf(segment) }, writeOutcome(flag, state, nameOf));
  }
  const outcome = writeOutcome(flag, flag.state, nameOf);
  const defaultVariant = nameOf(
    flag.kind === "toggle" ? flag.state.enabled : String(flag.state.value),
  );
  const targeting = branches.length > 0 ? { if: [...branches, outcome] } : outcome;
  const isConstant = branches.length === 0 && typeof outcome === "string";
  return { state: "ENABLED", variants, defaultVariant, ...(isConstant ? {} : { targeting }) };
}

function writeOutcome(
  { name, kind }: WorkloadFlag,
  { enabled, value, variants }: FlagState,
  nameOf: (answer: boolean | string) => string,
): unknown {
  if (kind === "toggle") return nameOf(enabled);
  const control = nameOf(String(value));
  if (variants.length === 0) return control;
  const rest = variants.reduce((left, { weight }) => left - weight, 100);
  const shares = variants.map((variant) => [nameOf(variant.value), variant.weight]);
  return { fractional: [hashInput(name), ...shares, [control, rest]] };
}

const hashInput = (salt: string) => ({ cat: [salt, variable("targetingKey")] });

function writeSegment({ name, conditions, split }: WorkloadSegment): unknown {
  const written = conditions.map(writeCondition);
  if (split !== undefined) {
    const share = { fractional: [hashInput(name), ["in", split], ["out", 100 - split]] };
    written.push({ "==": [share, "in"] });
  }
  return written.length === 1 ? written[0] : { and: written };
}

function writeCondition(condition: Condition): unknown {
  const trait = variable(condition.trait);
  switch (condition.operator) {
    case "EQUAL":
      return { "==": [trait, condition.value] };
    case "NOT_EQUAL":
      return { "!=": [trait, condition.value] };
    case "CONTAINS":
      return { in: [condition.value, trait] };
    case "IS_TRUE":
      return { "==": [trait, true] };
    case "IN":
      return { in: [trait, condition.values] };
    case "AT_LEAST":
      return { ">=": [trait, condition.value] };
    case "LESS_THAN":
      return { "<": [trait, condition.value] };
    case "VERSION_AT_LEAST":
      return { sem_ver: [trait, ">=", condition.value] };
  }
}
