import { refuse } from "../refusal.ts";
import type { Assertion } from "./assertion.ts";
import type { CharacterTest } from "./characters.ts";

/** What a pattern costs, its lookarounds included. */
export interface Meter {
  states: number;
  /** States visited by the matches so far. */
  steps: number;
}

/** Waits for a character, or goes on at once where its assertions hold. */
export interface State {
  readonly test: CharacterTest | undefined;
  /** One bit for each assertion that has to hold. */
  readonly needs: number;
  readonly next: number[];
}

/** The state that accepts, in every program. */
export const matchState = 0;

/** Bounds the steps per character. Counted repetitions are written out, so `.{0,950}` exceeds it. */
const maxStates = 500;
/** The truth of all of a program's assertions at a place fits one integer. */
const maxAssertions = 30;

/** A pattern as a nondeterministic automaton. */
export class Program {
  readonly meter: Meter;
  /** Of lookahead, whose places are found by reading the text from its end. */
  readonly backwards: boolean;
  readonly states: State[] = [];
  readonly assertions: Assertion[] = [];

  constructor(meter: Meter, backwards: boolean) {
    this.meter = meter;
    this.backwards = backwards;
    this.add([]);
  }

  /** Adds a state, which may wait for a character or be guarded by an assertion, and gives its number. */
  add(next: number[], test?: CharacterTest, assertion?: Assertion): number {
    const { meter, states, assertions } = this;
    if (meter.states++ >= maxStates) refuse(`more than ${maxStates} states`);
    let needs = 0;
    if (assertion !== undefined) {
      const known = assertions.indexOf(assertion);
      const bit = known < 0 ? assertions.push(assertion) - 1 : known;
      if (bit >= maxAssertions) refuse(`more than ${maxAssertions} assertions`);
      needs = 1 << bit;
    }
    return states.push({ test, needs, next }) - 1;
  }
}
