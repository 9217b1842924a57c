import type { Reader } from "./reader.ts";
import type { EvaluatedFlag } from "./result.ts";
import type { CompiledFeature, Tables } from "./tables.ts";

const CIRCULAR = "ERROR; code=CIRCULAR_DEPENDENCY";

/** Flags that read flags that read flags …: the bound keeps an evaluation within any stack. */
const LONGEST_CHAIN = 32;

interface Visit {
  readonly order: number;
  /** The earliest unfinished flag that this one leads back to. */
  low: number;
  readonly feature: CompiledFeature;
  flag: EvaluatedFlag;
  finished: boolean;
  readsItself: boolean;
}

/** How a resolver asks for the parts of an evaluation. */
interface Asked {
  /** Decides one feature, calling back for segments. */
  readonly decide: (feature: CompiledFeature) => EvaluatedFlag;
  /** Runs a segment's rules, calling back for flags. */
  readonly runRules: (segment: number) => boolean;
}

/**
 * Resolves flags whose segments read other flags, on demand and each once per evaluation.
 *
 * Flags that lead back to each other are found as Tarjan finds strongly connected components. A segment that
 * reads a flag of the component its own feature belongs to does not match, whichever flag was asked for first.
 */
export class FlagResolver {
  readonly #asked: Asked;
  readonly #visits = new Map<CompiledFeature, Visit>();
  readonly #open: Visit[] = [];
  readonly #cutSegments = new Set<number>();
  #current: Visit | undefined;
  #cut = false;

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  /** The flag's result, or `null` while it is being resolved further up. */
  resolve(feature: CompiledFeature): EvaluatedFlag | null {
    const known = this.#visits.get(feature);
    if (known?.finished) return known.flag;
    if (known !== undefined) return this.#leadBack(known);

    const reader = this.#current;
    const order = this.#visits.size;
    const visit: Visit = {
      order,
      low: order,
      feature,
      flag: feature.base.flag,
      finished: false,
      readsItself: false,
    };
    this.#visits.set(feature, visit);
    this.#open.push(visit);
    this.#current = visit;
    visit.flag = this.#asked.decide(feature);
    this.#current = reader;
    if (visit.low < order) return this.#leadBack(visit);
    this.#close(visit);
    return visit.flag;
  }

  /** Whether a segment that reads flags matches. */
  matches(segment: number): boolean {
    const outer = this.#cut;
    this.#cut = false;
    const holds = this.#asked.runRules(segment);
    if (this.#cut) this.#cutSegments.add(segment);
    this.#cut = outer;
    return holds && !this.#cutSegments.has(segment);
  }

  #leadBack(target: Visit): null {
    const reader = this.#current;
    if (reader !== undefined) {
      reader.low = Math.min(reader.low, target.low);
      if (reader === target) reader.readsItself = true;
    }
    this.#cut = true;
    return null;
  }

  #close(root: Visit): void {
    const members = this.#open.splice(this.#open.indexOf(root));
    const circular = members.length > 1 || root.readsItself;
    for (const member of members) {
      member.finished = true;
      if (circular) member.flag = { ...member.flag, reason: CIRCULAR };
    }
  }
}

/** Makes segments never match that read flags at the end of chains too long to follow. */
export function limitFlagChains(tables: Tables, reader: Reader): Tables {
  const depths = chainLengths(tables);
  const segments = tables.segments.map((segment) => {
    const tooLong = segment.flags.some((flag) => (depths.get(flag) ?? 0) >= LONGEST_CHAIN);
    if (!tooLong) return segment;
    const message = `reads a chain of more than ${LONGEST_CHAIN} flags`;
    reader.problems.push({ path: segment.path, message });
    return { ...segment, matches: () => false, flags: [] };
  });
  return { ...tables, segments };
}

/** How many flags each flag leads through at most; flags on or before a circle may lead through all of those. */
function chainLengths({ features, segments }: Tables): Map<string, number> {
  const readBy = new Map<string, string[]>();
  const missing = new Map<string, number>();
  for (const { name, overrides } of features.values()) {
    const reads = new Set(overrides.flatMap(({ segment }) => segments[segment]?.flags ?? []));
    missing.set(name, 0);
    for (const flag of reads) {
      if (!features.has(flag)) continue;
      missing.set(name, (missing.get(name) ?? 0) + 1);
      readBy.set(flag, [...(readBy.get(flag) ?? []), name]);
    }
  }
  const depths = new Map<string, number>();
  const ready = [...missing.keys()].filter((name) => missing.get(name) === 0);
  const reached = new Map<string, number>();
  for (const name of ready) {
    const depth = (reached.get(name) ?? 0) + 1;
    depths.set(name, depth);
    for (const reading of readBy.get(name) ?? []) {
      reached.set(reading, Math.max(reached.get(reading) ?? 0, depth));
      const left = (missing.get(reading) ?? 0) - 1;
      missing.set(reading, left);
      if (left === 0) ready.push(reading);
    }
  }
  const circling = features.size - depths.size;
  const deepest = Math.max(0, ...depths.values());
  for (const name of features.keys()) if (!depths.has(name)) depths.set(name, deepest + circling);
  return depths;
}
