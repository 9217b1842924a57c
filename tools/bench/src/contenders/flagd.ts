import type { EvaluationContext } from "@openfeature/core";
import { FlagdCore } from "@openfeature/flagd-core";
import {
  type ConditionWriters,
  type FlagState,
  groupOverrides,
  readResult,
  remainingWeight,
  type Workload,
  type WorkloadFlag,
  type WorkloadSegment,
  writeCondition,
} from "../workload/workload.ts";
import type { BenchClient, Contender } from "./contender.ts";

/** flagd's in-process evaluator, which compiles its rules to JavaScript. */
export const flagd: Contender = {
  hashesLikeFlagsmith: false,
  configure: writeFlagDefinitions,
  open: async (configuration): Promise<BenchClient<EvaluationContext>> => {
    const core = new FlagdCore();
    core.setConfigurations(configuration);
    return {
      prepare: ({ identifier, traits }) => ({ targetingKey: identifier, ...traits }),
      readFlag: (context, { name, kind }) =>
        kind === "toggle"
          ? core.resolveBooleanEvaluation(name, false, context).value
          : core.resolveStringEvaluation(name, "", context).value,
      countFlags: (context) => core.resolveAll(context).length,
      refresh: async (text) => {
        core.setConfigurations(text);
      },
    };
  },
};

/** Writes flagd's flag definitions. Each segment is an evaluator that flags refer to. */
function writeFlagDefinitions({ flags, segments }: Workload): string {
  return JSON.stringify({
    flags: Object.fromEntries(flags.map((flag) => [flag.name, writeFlag(flag)])),
    $evaluators: Object.fromEntries(
      segments.map((segment) => [evaluatorName(segment), writeSegment(segment)]),
    ),
  });
}

const evaluatorName = ({ id }: WorkloadSegment) => `segment_${id}`;
const variable = (name: string) => ({ var: name });
const hashInput = (salt: string) => ({ cat: [salt, variable("targetingKey")] });

function writeFlag(flag: WorkloadFlag): object {
  const variants: Record<string, boolean | string> = {};
  const addVariant = (result: boolean | string) => {
    const name = String(result);
    variants[name] = result;
    return name;
  };
  const branches: unknown[] = [];
  for (const [result, identifiers] of groupOverrides(flag)) {
    branches.push({ in: [variable("targetingKey"), identifiers] }, addVariant(result));
  }
  for (const { segment, state } of flag.segmentOverrides) {
    branches.push({ $ref: evaluatorName(segment) }, writeOutcome(flag, state, addVariant));
  }
  const outcome = writeOutcome(flag, flag.state, addVariant);
  const defaultVariant = addVariant(readResult(flag, flag.state));
  const targeting = branches.length > 0 ? { if: [...branches, outcome] } : outcome;
  const isConstant = branches.length === 0 && typeof outcome === "string";
  return { state: "ENABLED", variants, defaultVariant, ...(isConstant ? {} : { targeting }) };
}

function writeOutcome(
  flag: WorkloadFlag,
  state: FlagState,
  addVariant: (result: boolean | string) => string,
): unknown {
  const control = addVariant(readResult(flag, state));
  if (state.variants.length === 0) return control;
  const shares = state.variants.map(({ value, weight }) => [addVariant(value), weight]);
  return { fractional: [hashInput(flag.name), ...shares, [control, remainingWeight(state)]] };
}

function writeSegment({ name, conditions, split }: WorkloadSegment): unknown {
  const written = conditions.map((condition) => writeCondition(writers, condition));
  if (split !== undefined) {
    const share = { fractional: [hashInput(name), ["in", split], ["out", 100 - split]] };
    written.push({ "==": [share, "in"] });
  }
  return written.length === 1 ? written[0] : { and: written };
}

const writers: ConditionWriters<object> = {
  EQUAL: (value, trait) => ({ "==": [variable(trait), value] }),
  NOT_EQUAL: (value, trait) => ({ "!=": [variable(trait), value] }),
  CONTAINS: (part, trait) => ({ in: [part, variable(trait)] }),
  IS_TRUE: (_, trait) => ({ "==": [variable(trait), true] }),
  IN: (values, trait) => ({ in: [variable(trait), values] }),
  AT_LEAST: (min, trait) => ({ ">=": [variable(trait), min] }),
  LESS_THAN: (limit, trait) => ({ "<": [variable(trait), limit] }),
  VERSION_AT_LEAST: (version, trait) => ({ sem_ver: [variable(trait), ">=", version] }),
};
