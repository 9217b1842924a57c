import { type Place, report } from "./reader.ts";
import type { EvaluatedFlag } from "./result.ts";
import type { CompiledFeature, Tables } from "./tables.ts";

const CIRCULAR = "ERROR; code=CIRCULAR_DEPENDENCY";

/** Flags that read flags that read flags …: the bound keeps an evaluation within any stack. */
const LONGEST_CHAIN = 32;

interface Visit {
  readonly order: number;
  /** The earliest unfinished flag that this one leads back to. */
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
export class FlagResolver {
  readonly #visits = new Map<CompiledFeature, Visit>();
  readonly #open: Visit[] = [];
  readonly #cutSegments = new Set<number>();
  #current: Visit | undefined;
  #isCut = false;

  /** The flag's result, or `null` while it is being resolved further up; `decide` may call back. */
  resolve(feature: CompiledFeature, decide: () => EvaluatedFlag): EvaluatedFlag | null {
    const known = this.#visits.get(feature);
    if (known !== undefined) return known.isFinished ? known.flag : this.#leadBack(known);

    const reader = this.#current;
    const order = this.#visits.size;
    const { flag } = feature.base;
    const visit = { order, low: order, isCircular: false, isFinished: false, flag };
    this.#visits.set(feature, visit);
    this.#open.push(visit);
    this.#current = visit;
    visit.flag = decide();
    this.#current = reader;
    if (visit.low < order) return this.#leadBack(visit);

    for (const member of this.#open.splice(this.#open.indexOf(visit))) {
      member.isFinished = true;
      if (member.isCircular) member.flag = { ...member.flag, reason: CIRCULAR };
    }
    return visit.flag;
  }

  /** Whether a segment that reads flags matches; `runRules` may call back. */
  matches(segment: number, runRules: () => boolean): boolean {
    const outer = this.#isCut;
    this.#isCut = false;
    const holds = runRules();
    if (this.#isCut) this.#cutSegments.add(segment);
    this.#isCut = outer;
    return holds && !this.#cutSegments.has(segment);
  }

  #leadBack(target: Visit): null {
    const reader = this.#current;
    if (reader !== undefined) {
      reader.low = Math.min(reader.low, target.low);
      reader.isCircular = true;
    }
    this.#isCut = true;
    return null;
  }
}

/** Makes segments never match that read flags at the end of chains too long to follow. */
export function limitFlagChains(tables: Tables, places: readonly Place[]): Tables {
  const tooFar = flagsTooFar(tables);
  const segments = tables.segments.map((segment, index) => {
    const place = places[index];
    if (place === undefined || !segment.flags.some((flag) => tooFar.has(flag))) return segment;
    report(place, `reads a chain of more than ${LONGEST_CHAIN} flags`);
    return { ...segment, matches: () => false, flags: [] };
  });
  return { ...tables, segments };
}

/** The flags that lead through too many others; those on or before a circle may lead through all of these. */
function flagsTooFar({ features, segments }: Tables): ReadonlySet<string> {
  const open = new Map<string, readonly string[]>();
  for (const [name, { overrides }] of features) {
    open.set(
      name,
      overrides.flatMap(({ segment }) => segments[segment]?.flags ?? []),
    );
  }
  // Each turn leaves out the flags that read none of the rest.
  let length = 0;
  for (; length < LONGEST_CHAIN - 1; length++) {
    const next = [...open].filter(([, reads]) => !reads.some((flag) => open.has(flag)));
    if (next.length === 0) break;
    for (const [name] of next) open.delete(name);
  }
  return new Set(length + open.size < LONGEST_CHAIN ? [] : open.keys());
}
