import { spend, type Work } from "../work.ts";
import { getCodeAfter, getCodeBefore, holdsOnlyAtEnds } from "./assertion.ts";
import { matchState, type Program, type State } from "./program.ts";

/** The states of a program that a character led to. */
interface StateSet {
  readonly states: readonly number[];
  /** By the bit mask of the assertions that hold. */
  readonly closures: Closure[];
  /** Whether later characters and texts can find this set again. */
  readonly isCached: boolean;
}

/** The states that a {@link StateSet} reaches without consuming a character. */
interface Closure {
  readonly isAccepting: boolean;
  readonly waiting: readonly State[];
  /** By ASCII character. */
  readonly next: StateSet[];
}

/** Limits the memory of one matcher. The cache is cleared when it is full. */
const maxCachedClosures = 128;
/** The steps per state to sort a set and to look it up. */
const sortSteps = 8;
/** A text that fills the cache more often than this is matched without it. */
const maxCacheClears = 4;

/**
 * Runs a program over texts. It follows all states at once, so the steps per character are limited by the number of
 * states. Sets of states are cached with their transitions, so that most characters cost one look-up.
 */
export class Matcher {
  readonly #program: Program;
  readonly #start: number;
  readonly #isLookaround: boolean;
  readonly #hasOnlyEndAssertions: boolean;
  readonly #cache = new Map<string, StateSet>();
  #cachedClosures = 0;
  #cacheClears = 0;
  #first: StateSet | undefined;
  /** The round in which each state was last added to a set. */
  readonly #addedIn: Int32Array;
  #round = 0;

  /**
   * Creates a matcher. `emit` adds the pattern to the program, which is empty. The match of a lookaround can begin at
   * any position, other matches only at the first.
   */
  constructor(
    emit: (program: Program, next: number) => number,
    program: Program,
    isLookaround: boolean,
  ) {
    this.#program = program;
    this.#start = emit(program, matchState);
    this.#isLookaround = isLookaround;
    this.#hasOnlyEndAssertions = program.assertions.every(holdsOnlyAtEnds);
    this.#addedIn = new Int32Array(program.states.length);
  }

  /**
   * Whether the program matches. With `marks`, it returns `false`, and sets the element of each position to 1 at which
   * a match ends (or begins, if the program reads backward). Refuses to continue if the work is too much.
   */
  matches(text: string, work: Work, marks?: Uint8Array): boolean {
    const { isBackward, totals } = this.#program;
    const hasOnlyEndAssertions = this.#hasOnlyEndAssertions;
    this.#cacheClears = 0;
    if (!marks) totals.matches++;
    this.#first ??= this.#findSet([this.#start], work);
    let at = isBackward ? text.length : 0;
    for (let set = this.#first; set.states.length > 0; ) {
      const isInside = at > 0 && at < text.length - 1;
      const holding = isInside && hasOnlyEndAssertions ? 0 : this.#checkAssertions(text, at, work);
      spend(work, 1);
      const closure = set.closures[holding] ?? this.#close(set, holding, work);
      if (closure.isAccepting) {
        if (!marks) return true;
        marks[at] = 1;
      }
      const code = isBackward ? getCodeBefore(text, at) : getCodeAfter(text, at);
      if (code < 0) break;
      set = (code < 128 ? closure.next[code] : undefined) ?? this.#step(closure, code, work);
      const length = code > 0xffff ? 2 : 1;
      at += isBackward ? -length : length;
    }
    return false;
  }

  /** Returns a bit mask of the assertions that hold at a position. */
  #checkAssertions(text: string, at: number, work: Work): number {
    const { assertions } = this.#program;
    work.steps += assertions.length;
    let holding = 0;
    for (let bit = 0; bit < assertions.length; bit++) {
      if (assertions[bit]?.(text, at, work)) holding |= 1 << bit;
    }
    return holding;
  }

  /** Follows the states that consume no character and whose assertions hold. */
  #close(set: StateSet, holding: number, work: Work): Closure {
    const { states } = this.#program;
    const addedIn = this.#addedIn;
    const round = ++this.#round;
    this.#cachedClosures++;
    const pending = [...set.states];
    const waiting: State[] = [];
    for (const index of pending) {
      work.steps++;
      const state = states[index];
      if (!state || addedIn[index] === round) continue;
      addedIn[index] = round;
      if (state.test) waiting.push(state);
      else if ((state.needs & ~holding) === 0) pending.push(...state.next);
    }
    const closure = { isAccepting: addedIn[matchState] === round, waiting, next: [] };
    set.closures[holding] = closure;
    return closure;
  }

  /** Consumes a character. */
  #step(closure: Closure, code: number, work: Work): StateSet {
    const addedIn = this.#addedIn;
    const round = ++this.#round;
    const states = this.#isLookaround ? [this.#start] : [];
    for (const { test, next } of closure.waiting) {
      work.steps++;
      if (!test?.has(code, work)) continue;
      for (const index of next) {
        if (addedIn[index] !== round) states.push(index);
        addedIn[index] = round;
      }
    }
    const set = this.#findSet(states, work);
    if (code < 128 && set.isCached) closure.next[code] = set;
    return set;
  }

  /** Finds the set in the cache or adds it. */
  #findSet(states: number[], work: Work): StateSet {
    const isCached =
      this.#cachedClosures < maxCachedClosures || this.#cacheClears++ < maxCacheClears;
    const set = { states, closures: [], isCached };
    if (!isCached) return set;
    work.steps += states.length * sortSteps;
    if (this.#cachedClosures >= maxCachedClosures) {
      this.#cache.clear();
      this.#first = undefined;
      this.#cachedClosures = 0;
    }
    const key = states.sort((a, b) => a - b).join();
    const known = this.#cache.get(key) ?? set;
    this.#cache.set(key, known);
    return known;
  }
}
