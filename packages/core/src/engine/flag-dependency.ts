import type { EvaluatedFlag } from "./result.ts";
import type { CompiledFeature } from "./tables.ts";

const circularReason = "ERROR; code=CIRCULAR_DEPENDENCY";

/** Flags that read flags that read flags …: the bound keeps an evaluation within any stack. */
export const maxChainLength = 32;

interface Visit {
  /** The earliest unfinished flag that this one leads back to, counted in the order of visits. */
  low: number;
  /** Whether it leads back to any, itself included. */
  isCircular: boolean;
  isFinished: boolean;
  flag: EvaluatedFlag;
}

/**
 * Resolves flags whose segments read other flags, on demand and each once per evaluation.
 *
 * Flags that lead back to each other are found as Tarjan finds strongly connected components. A segment that
 * reads a flag of the component its own feature belongs to does not match, whichever flag was asked for first.
 */
export interface FlagResolver {
  /** The flag's result, or `undefined` while it is being resolved further up; `decide` may call back. */
  resolve(feature: CompiledFeature, decide: () => EvaluatedFlag): EvaluatedFlag | undefined;
  /** Whether a segment that reads flags matches; `runRules` may call back. */
  matches(segment: number, runRules: () => boolean): boolean;
}

/** Begins an evaluation in which flags read flags. */
export function createFlagResolver(): FlagResolver {
  const visits = new Map<CompiledFeature, Visit>();
  const open: Visit[] = [];
  const cutSegments = new Set<number>();
  let current: Visit | undefined;
  let isCut = false;

  return {
    resolve(feature, decide) {
      const known = visits.get(feature);
      if (known !== undefined) return known.isFinished ? known.flag : leadBack(known);

      const reader = current;
      const order = visits.size;
      const { flag } = feature.base;
      const visit = { low: order, isCircular: false, isFinished: false, flag };
      visits.set(feature, visit);
      open.push(visit);
      current = visit;
      visit.flag = decide();
      current = reader;
      if (visit.low < order) return leadBack(visit);

      for (const member of open.splice(open.indexOf(visit))) {
        member.isFinished = true;
        if (member.isCircular) member.flag = { ...member.flag, reason: circularReason };
      }
      return visit.flag;
    },
    matches(segment, runRules) {
      const outer = isCut;
      isCut = false;
      const holds = runRules();
      if (isCut) cutSegments.add(segment);
      isCut = outer;
      return holds && !cutSegments.has(segment);
    },
  };

  function leadBack(target: Visit): undefined {
    if (current !== undefined) {
      current.low = Math.min(current.low, target.low);
      current.isCircular = true;
    }
    isCut = true;
    return undefined;
  }
}

/** The flags that lead through too many others; those on or before a circle may lead through all of these. */
export function flagsTooFar(
  features: ReadonlyMap<string, CompiledFeature>,
  segments: readonly { readonly rules: { readonly flags: readonly string[] } }[],
): ReadonlySet<string> {
  const open = new Map<string, readonly string[]>();
  for (const [name, { overrides }] of features) {
    open.set(
      name,
      overrides.flatMap(({ segment }) => segments[segment]?.rules.flags ?? []),
    );
  }
  // Each turn leaves out the flags that read none of the rest.
  let length = 0;
  for (; length < maxChainLength - 1; length++) {
    const next = [...open].filter(([, reads]) => !reads.some((flag) => open.has(flag)));
    if (next.length === 0) break;
    for (const [name] of next) open.delete(name);
  }
  return new Set(length + open.size < maxChainLength ? [] : open.keys());
}
