import type { Assertion } from "./assertion.ts";
import type { CharacterTest } from "./characters.ts";
import { createMatcher } from "./matcher.ts";
import { matchState, Program } from "./program.ts";

/** A part of a pattern. Groups leave no trace: nothing is captured. */
export interface Fragment {
  /** How many characters it matches; NaN where that varies. */
  readonly width: number;
  /** Adds its states, which lead to `next`, and gives the state to enter by. */
  readonly emit: (program: Program, next: number) => number;
}

/** A character, or a place where an assertion holds. */
export function step(test: CharacterTest | undefined, assertion?: Assertion): Fragment {
  return {
    width: assertion === undefined ? 1 : 0,
    emit: (program, next) => program.add([next], test, assertion),
  };
}

/** Emitted from the end to the start, so that each item knows what follows it. */
export function sequence(items: readonly Fragment[]): Fragment {
  return {
    width: items.reduce((sum, { width }) => sum + width, 0),
    emit: (program, next) =>
      (program.backwards ? items : [...items].reverse()).reduce(
        (entry, { emit }) => emit(program, entry),
        next,
      ),
  };
}

/** One of several, of which there is at least one. */
export function choice(options: readonly Fragment[]): Fragment {
  return {
    width: options.map(({ width }) => width).reduce((a, b) => (a === b ? a : Number.NaN)),
    emit: (program, next) =>
      options
        .map(({ emit }) => emit(program, next))
        .reduceRight((other, entry) => program.add([entry, other])),
  };
}

/** Written out, but for a loop where `max` is infinite. */
export function repeat({ width, emit }: Fragment, min: number, max: number): Fragment {
  const isLoop = !Number.isFinite(max);
  const optional = isLoop ? 0 : max - min;
  return {
    width: width === 0 || max === 0 ? 0 : min === max ? width * min : Number.NaN,
    emit: (program, next) => {
      let entry = next;
      if (isLoop) {
        const ways = [next];
        entry = program.add(ways);
        ways.push(emit(program, entry));
      }
      for (let i = 0; i < optional + min; i++) {
        const inner = emit(program, entry);
        // What adds no state matches nothing but emptiness, however often.
        if (inner === entry) break;
        entry = i < optional ? program.add([next, inner]) : inner;
      }
      return entry;
    },
  };
}

/** Lookahead or lookbehind. The places where it holds are found for the whole text when the first one is asked for. */
export function look({ emit }: Fragment, ahead: boolean, wanted: boolean): Fragment {
  return {
    width: 0,
    emit: (program, next) => {
      const own = new Program(program.meter, ahead);
      const mark = createMatcher(own, emit(own, matchState), true);
      let marked: string | undefined;
      let marks = new Uint8Array();
      return program.add([next], undefined, (text, at) => {
        if (text !== marked) {
          marks = new Uint8Array(text.length + 1);
          mark(text, marks);
          marked = text;
        }
        return (marks[at] === 1) === wanted;
      });
    },
  };
}
