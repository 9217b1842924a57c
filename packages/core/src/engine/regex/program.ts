import { refuse } from "../refusal.ts";
import type { Assertion } from "./assertion.ts";
import type { CharacterTest } from "./characters.ts";

/** The totals of a pattern, including its lookarounds. */
interface Totals {
  states: number;
  /** The number of texts matched so far. */
  matches: number;
}

/** Waits for a character, or continues at once if its assertions hold. */
export interface State {
  readonly test: CharacterTest | undefined;
  /** Bit mask of the assertions that must hold. */
  readonly needs: number;
  readonly next: number[];
}

/** The number of the accepting state in every program. */
export const matchState = 0;

/** Limits the steps per character. Counted repetitions are written out, so `.{0,950}` exceeds it. */
const maxStates = 500;
/** The results of all assertions at a position fit one integer. */
const maxAssertions = 30;

/** A pattern as a nondeterministic finite automaton. */
export class Program {
  readonly totals: Totals;
  /** Whether it reads the text from its end, as lookahead does. */
  readonly isBackward: boolean;
  readonly states: State[] = [];
  readonly assertions: Assertion[] = [];

  constructor(totals: Totals, isBackward: boolean) {
    this.totals = totals;
    this.isBackward = isBackward;
    this.add([]);
  }

  /** Adds a state that waits for a character, is guarded by an assertion, or neither. Returns its number. */
  add(next: number[], test?: CharacterTest, assertion?: Assertion): number {
    const { totals, states, assertions } = this;
    if (totals.states++ >= maxStates) refuse(`more than ${maxStates} states`);
    let needs = 0;
    if (assertion) {
      const known = assertions.indexOf(assertion);
      const bit = known < 0 ? assertions.push(assertion) - 1 : known;
      if (bit >= maxAssertions) refuse(`more than ${maxAssertions} assertions`);
      needs = 1 << bit;
    }
    return states.push({ test, needs, next }) - 1;
  }
}
