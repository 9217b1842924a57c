import type { EvaluatedFlag } from "./result.ts";
import type { CompiledFeature, CompiledSegment } from "./tables.ts";

/** The reason of a flag whose segments depend on each other. */
export const circularReason = "ERROR; code=CIRCULAR_DEPENDENCY";

/** Limits the depth of the recursion when flags depend on flags that depend on flags. */
export const maxFlagChainLength = 32;

/** The visit of a flag by Tarjan's algorithm. */
interface Visit {
  /** The earliest unfinished flag that this one depends on, in the order of visits. */
  low: number;
  /** Whether it depends on an unfinished flag, possibly itself. */
  isCircular: boolean;
  isFinished: boolean;
  /** `null` if the feature is unknown for the identity. */
  flag: EvaluatedFlag | null;
}

/**
 * Resolves flags whose segments read other flags, on demand and each once per evaluation.
 *
 * Circular dependencies are found with Tarjan's algorithm for strongly connected components. A segment that reads a
 * flag of the component of its own feature does not match, whichever flag is evaluated first.
 */
export class FlagResolver {
  readonly #visits = new Map<CompiledFeature, Visit>();
  readonly #unfinished: Visit[] = [];
  readonly #circularSegments = new Set<number>();
  #current: Visit | undefined;
  #isCircular = false;

  /**
   * Returns a flag, `null` if the feature is unknown for the identity, or `undefined` if it is already being resolved.
   * `decide` may call back.
   */
  resolve(
    feature: CompiledFeature,
    decide: () => EvaluatedFlag | null,
  ): EvaluatedFlag | null | undefined {
    const visits = this.#visits;
    const unfinished = this.#unfinished;
    const known = visits.get(feature);
    if (known) return known.isFinished ? known.flag : this.#markCircular(known);

    const reader = this.#current;
    const order = visits.size;
    const { flag } = feature.base;
    const visit: Visit = { low: order, isCircular: false, isFinished: false, flag };
    visits.set(feature, visit);
    unfinished.push(visit);
    this.#current = visit;
    visit.flag = decide();
    this.#current = reader;
    if (visit.low < order) return this.#markCircular(visit);

    for (const member of unfinished.splice(unfinished.indexOf(visit))) {
      member.isFinished = true;
      if (member.isCircular && member.flag)
        member.flag = { ...member.flag, reason: circularReason };
    }
    return visit.flag;
  }

  /**
   * Whether a segment that reads flags matches. `runRules` may call back. Returns `undefined` for a segment that reads
   * a flag of its own cycle: it does not match.
   */
  matches(segment: number, runRules: () => boolean): boolean | undefined {
    const wasCircular = this.#isCircular;
    this.#isCircular = false;
    const isMatch = runRules();
    if (this.#isCircular) this.#circularSegments.add(segment);
    this.#isCircular = wasCircular;
    return this.#circularSegments.has(segment) ? undefined : isMatch;
  }

  #markCircular(target: Visit): undefined {
    const current = this.#current;
    if (current) {
      current.low = Math.min(current.low, target.low);
      current.isCircular = true;
    }
    this.#isCircular = true;
    return undefined;
  }
}

/**
 * Finds the flags that depend on too many others in a row. The flags in cycles, and those that lead to one, count as a
 * single chain.
 */
export function findTooDeepFlags(
  features: ReadonlyMap<string, CompiledFeature>,
  segments: readonly Pick<CompiledSegment, "flags">[],
): ReadonlySet<string> {
  const remaining = new Map(features);
  // Each round removes the flags that read none of the remaining ones. It takes time linear in the environment.
  let length = 0;
  for (; length < maxFlagChainLength - 1; length++) {
    const isOpen = segments.map(({ flags }) => flags.some((flag) => remaining.has(flag)));
    const next = [...remaining].filter(
      ([, { overrides }]) => !overrides.some(({ segment }) => isOpen[segment]),
    );
    if (next.length === 0) break;
    for (const [name] of next) remaining.delete(name);
  }
  return new Set(length + remaining.size < maxFlagChainLength ? [] : remaining.keys());
}
