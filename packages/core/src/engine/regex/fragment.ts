import type { Assertion } from "./assertion.ts";
import type { CharacterTest } from "./characters.ts";
import { Matcher } from "./matcher.ts";
import { Program } from "./program.ts";

/** A part of a pattern. Nothing is captured. */
export interface Fragment {
  /** The number of characters that it matches. NaN if that varies. */
  readonly width: number;
  /** Adds its states, which lead to `next`, to the program. Returns the number of its first state. */
  readonly emit: (program: Program, next: number) => number;
}

/** Creates a fragment that consumes one character, or one that only checks an assertion. */
export function createStep(test: CharacterTest | undefined, assertion?: Assertion): Fragment {
  return {
    width: assertion ? 0 : 1,
    emit: (program, next) => program.add([next], test, assertion),
  };
}

/** Creates a sequence. It is emitted from its last item, because each item needs the state that follows it. */
export function createSequence(items: readonly Fragment[]): Fragment {
  return {
    width: items.reduce((sum, { width }) => sum + width, 0),
    emit: (program, next) =>
      (program.isBackward ? items : [...items].reverse()).reduce(
        (entry, { emit }) => emit(program, entry),
        next,
      ),
  };
}

/** Creates a choice between options. There must be at least one. */
export function createChoice(options: readonly Fragment[]): Fragment {
  return {
    width: options.map(({ width }) => width).reduce((a, b) => (a === b ? a : Number.NaN)),
    emit: (program, next) =>
      options
        .map(({ emit }) => emit(program, next))
        .reduceRight((other, entry) => program.add([entry, other])),
  };
}

/** Creates a repetition: a copy of the fragment for each round, and a loop if `max` is infinite. */
export function createRepetition({ width, emit }: Fragment, min: number, max: number): Fragment {
  const isLoop = !Number.isFinite(max);
  const optional = isLoop ? 0 : max - min;
  return {
    width: width === 0 || max === 0 ? 0 : min === max ? width * min : Number.NaN,
    emit: (program, next) => {
      let entry = next;
      if (isLoop) {
        const branches = [next];
        entry = program.add(branches);
        branches.push(emit(program, entry));
      }
      for (let i = 0; i < optional + min; i++) {
        const inner = emit(program, entry);
        // A fragment that adds no state matches only the empty text, however often it is repeated.
        if (inner === entry) break;
        entry = i < optional ? program.add([next, inner]) : inner;
      }
      return entry;
    },
  };
}

/**
 * Creates a lookahead or lookbehind, which is a separate program. Its first use in a match finds all positions of the
 * text at which it holds.
 */
export function createLookaround(inner: Fragment, isAhead: boolean, isNegative: boolean): Fragment {
  return {
    width: 0,
    emit: (program, next) => {
      const { totals } = program;
      const matcher = new Matcher(inner.emit, new Program(totals, isAhead), true);
      let markedMatch = 0;
      let marks = new Uint8Array();
      return program.add([next], undefined, (text, at, work) => {
        if (markedMatch !== totals.matches) {
          marks = new Uint8Array(text.length + 1);
          matcher.matches(text, work, marks);
          markedMatch = totals.matches;
        }
        return !marks[at] === isNegative;
      });
    },
  };
}
