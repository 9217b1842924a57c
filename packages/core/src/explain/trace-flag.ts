import type { IdentityContext } from "../engine/context.ts";
import type { CompiledEnvironment, Evaluation } from "../engine/evaluation.ts";
import { chooseVariant, type FeatureState } from "../engine/feature-state.ts";
import { circularReason } from "../engine/flag-dependency.ts";
import { findIdentityState } from "../engine/identity-overrides.ts";
import { quote } from "../engine/refusal.ts";
import type { EvaluatedFlag } from "../engine/result.ts";
import type { Subject } from "../engine/subject.ts";
import type { CompiledFeature, CompiledSegment, SegmentOverride } from "../engine/tables.ts";
import type {
  ConsideredState,
  ExplainedFlag,
  ExplainedSplit,
  Explanation,
  StateName,
} from "./explanation.ts";
import { type SegmentTrace, traceSegment } from "./trace-segment.ts";

/** The part of an explanation that depends on the evaluation only. */
type FlagTrace = Pick<Explanation, "flag" | "winner" | "considered" | "isCircular" | "problems">;

/** An evaluation of the engine, with the members that conditions use. */
type TracedEvaluation = Evaluation & Subject & { matches(segment: number): boolean };

/** A state that can win, in the order of the engine. */
interface Candidate extends StateName {
  readonly state: FeatureState | undefined;
  readonly isMatch: boolean;
  readonly priority?: number | undefined;
  readonly trace?: SegmentTrace | undefined;
  readonly refusal?: string | null;
}

const splitReason = "SPLIT; weight=";
const unknownFlag: FlagTrace = {
  flag: null,
  winner: null,
  considered: [],
  isCircular: false,
  problems: [],
};

/**
 * Traces the evaluation of one flag. The engine decides which segments match. The trace adds the details.
 *
 * @param identity - `undefined` for the flags of the environment. `null` evaluates segments without an identity.
 */
export function traceFlag(
  environment: CompiledEnvironment,
  featureName: string,
  identity: IdentityContext | null | undefined,
): FlagTrace {
  const feature = environment.tables.features.get(featureName);
  if (feature === undefined) return unknownFlag;
  const evaluation = (
    identity === undefined ? environment.evaluateWithoutSegments() : environment.evaluate(identity)
  ) as TracedEvaluation;
  const flag = evaluation.flag(featureName);
  const isCircular = flag?.reason === circularReason;
  const work = { steps: 0 };
  const candidates = [
    ...(identity ? [createIdentityCandidate(environment, feature, identity.identifier)] : []),
    ...feature.overrides.map((override): Candidate => {
      const segment = environment.tables.segments[override.segment] as CompiledSegment;
      if (identity === undefined) return { ...nameSegment(segment, override), isMatch: false };
      const isMatch = evaluation.matches(override.segment);
      const trace = traceSegment(segment, evaluation, work);
      const isExplained = trace.refusal !== null || trace.isMatch === isMatch;
      const refusal = isExplained ? trace.refusal : explainRefusal(segment, trace, evaluation);
      return { ...nameSegment(segment, override), isMatch, trace, refusal };
    }),
    { kind: "environment", segment: null, state: feature.base, isMatch: true } as const,
  ];
  const winnerIndex = candidates.findIndex(({ isMatch }) => isMatch);
  const winner = candidates[winnerIndex] as Candidate;
  return {
    flag: flag ? toExplainedFlag(flag) : null,
    winner: { kind: winner.kind, segment: winner.segment },
    considered: candidates.map((candidate, index) =>
      describeCandidate(candidate, {
        outcome: findOutcome(candidate, index - winnerIndex, identity === undefined),
        evaluation,
      }),
    ),
    isCircular,
    problems: candidates.flatMap((candidate) => listProblems(candidate, featureName)),
  };
}

function createIdentityCandidate(
  { tables }: CompiledEnvironment,
  feature: CompiledFeature,
  identifier: string,
): Candidate {
  const overrides = tables.identityOverrides.byIdentifier.get(identifier);
  const state = findIdentityState(overrides, feature.base.flag.name);
  return { kind: "identity-override", segment: null, state, isMatch: state !== undefined };
}

function nameSegment(
  { entry }: CompiledSegment,
  { priority, state }: SegmentOverride,
): Omit<Candidate, "isMatch"> {
  const { name, id = null } = entry;
  return { kind: "segment", segment: { name, id }, priority, state };
}

/** Explains why a segment does not match although its rules do. */
function explainRefusal(
  { flags: usedFlags }: CompiledSegment,
  { flags }: SegmentTrace,
  subject: Subject,
): string {
  if (flags.length > usedFlags.length) {
    return "Its rules depend on too many flags in a row.";
  }
  const circular = flags.filter((name) => subject.readFlag(name)?.reason === circularReason);
  if (circular.length > 0) {
    const names = circular.map(quote).join(", ");
    return `Its rules read feature ${names}, which depends on this feature in turn.`;
  }
  return "Its rules and those of other segments need too much work.";
}

function findOutcome(
  { kind, state, isMatch }: Candidate,
  distance: number,
  isEnvironment: boolean,
): ConsideredState["outcome"] {
  if (distance === 0) return "won";
  if (state === undefined) return "missing";
  if (kind === "segment" && isEnvironment) return "ignored";
  return isMatch ? "outranked" : "not-matched";
}

function describeCandidate(
  { kind, segment, state, priority, trace, refusal = null }: Candidate,
  {
    outcome,
    evaluation,
  }: { readonly outcome: ConsideredState["outcome"]; readonly evaluation: TracedEvaluation },
): ConsideredState {
  const flag = state && chooseVariant(state, evaluation);
  return {
    kind,
    segment,
    outcome,
    priority: priority !== undefined && Number.isFinite(priority) ? priority : null,
    flag: flag ? toExplainedFlag(flag) : null,
    split: state?.split && flag ? describeSplit(state.split, flag, evaluation) : null,
    rules: trace?.rules ?? [],
    refusal,
  };
}

function describeSplit(
  split: NonNullable<FeatureState["split"]>,
  chosen: EvaluatedFlag,
  subject: Subject,
): ExplainedSplit | null {
  if (subject.identifier === null) return null;
  let start = 0;
  const ranges = split.ranges.map(({ end, flag }) => {
    const weight = Number(flag.reason.slice(splitReason.length));
    const range = describeRange(flag, { weight, start, end, isControl: false }, chosen);
    start = end;
    return range;
  });
  const end = Math.max(start, 100);
  const rest = { weight: end - start, start, end, isControl: true };
  return {
    percentage: split.hash(subject),
    ranges: [...ranges, describeRange(split.control, rest, chosen)],
  };
}

function describeRange(
  flag: EvaluatedFlag,
  range: Pick<ExplainedSplit["ranges"][number], "weight" | "start" | "end" | "isControl">,
  chosen: EvaluatedFlag,
): ExplainedSplit["ranges"][number] {
  return { variant: flag.variant, value: flag.value, ...range, isChosen: flag === chosen };
}

function listProblems({ kind, segment, state, trace }: Candidate, featureName: string): string[] {
  const problems = [...(trace?.problems ?? [])];
  if (state?.isMalformed) {
    const place =
      kind === "environment"
        ? "its state in the environment"
        : kind === "segment"
          ? `its override in segment ${quote(segment?.name ?? "")}`
          : "its override for this identity";
    problems.push(
      `Feature ${quote(featureName)}: ${place} is malformed. The feature counts as unknown there.`,
    );
  }
  return problems;
}

function toExplainedFlag({ enabled, value, variant, reason }: EvaluatedFlag): ExplainedFlag {
  return { enabled, value, variant, reason };
}
