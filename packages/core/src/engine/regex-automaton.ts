import { codeAfter, codeBefore, holdsAt } from "./regex-position.ts";
import type { Program } from "./regex-program.ts";

/** Counts what a match costs, in visited states. */
export interface Meter {
  steps: number;
}

/** A set of program states to go on from, and what it comes to at the places met so far. */
interface Node {
  readonly core: readonly number[];
  /** By which assertions hold. */
  readonly places: Map<number, Place>;
  /** Whether later matches may find it again. */
  readonly kept: boolean;
}

/** A set of program states after following everything that consumes no character. */
interface Place {
  readonly accepting: boolean;
  /** The states that wait for a character. */
  readonly waiting: readonly number[];
  /** By ASCII character. */
  readonly next: (Node | undefined)[];
}

/** Bounds the memory of one automaton; beyond it sets are worked out anew. */
const MOST_KEPT = 128;

/**
 * Runs a program over a text by following all its states at once, which takes at most the number of states per
 * character. The sets met are kept with their transitions, so that most characters cost one look-up.
 */
export class Automaton {
  readonly #program: Program;
  readonly #meter: Meter;
  /** Whether a match may begin anywhere, not only at the first place. */
  readonly #floating: boolean;
  readonly #looks: readonly (Automaton | undefined)[];
  readonly #seen: Int32Array;
  #round = 0;
  #kept = new Map<string, Node>();
  #places = 0;

  constructor(program: Program, meter: Meter, floating: boolean) {
    this.#program = program;
    this.#meter = meter;
    this.#floating = floating;
    this.#seen = new Int32Array(program.states.length);
    this.#looks = program.assertions.map((assertion) =>
      "look" in assertion ? new Automaton(assertion.look, meter, true) : undefined,
    );
  }

  /** Whether some start of the text matches. */
  accepts(text: string): boolean {
    const truth = this.#assertionsOf(text);
    let node = this.#begin();
    for (let at = 0; node.core.length > 0; ) {
      const place = this.#arrive(node, truth(at));
      if (place.accepting) return true;
      const code = codeAfter(text, at);
      if (code < 0) return false;
      node = this.#step(place, code);
      at += code > 0xffff ? 2 : 1;
    }
    return false;
  }

  /** Marks the places where a match ends, or, reading backwards, where one begins. */
  scan(text: string, backwards: boolean): Uint8Array {
    const truth = this.#assertionsOf(text);
    const found = new Uint8Array(text.length + 1);
    let node = this.#begin();
    for (let at = backwards ? text.length : 0; ; ) {
      const place = this.#arrive(node, truth(at));
      found[at] = Number(place.accepting);
      const code = backwards ? codeBefore(text, at) : codeAfter(text, at);
      if (code < 0) return found;
      node = this.#step(place, code);
      const length = code > 0xffff ? 2 : 1;
      at += backwards ? -length : length;
    }
  }

  /** Which assertions hold at a place, one bit each. Lookaround is settled for the whole text first. */
  #assertionsOf(text: string): (at: number) => number {
    const { assertions } = this.#program;
    if (assertions.length === 0) return () => 0;
    const tests = assertions.map((assertion, bit) => {
      if ("position" in assertion) {
        const { position } = assertion;
        return (at: number) => holdsAt(position, text, at);
      }
      const { ahead, negated } = assertion;
      const found = this.#looks[bit]?.scan(text, ahead);
      return (at: number) => (found?.[at] === 1) !== negated;
    });
    return (at) => {
      this.#meter.steps += tests.length;
      let bits = 0;
      for (let bit = 0; bit < tests.length; bit++) if (tests[bit]?.(at)) bits |= 1 << bit;
      return bits;
    };
  }

  #begin(): Node {
    if (this.#places >= MOST_KEPT) {
      this.#kept = new Map();
      this.#places = 0;
    }
    return this.#nodeOf([this.#program.start]);
  }

  #nodeOf(core: number[]): Node {
    this.#meter.steps += core.length;
    if (this.#places >= MOST_KEPT) return { core, places: new Map(), kept: false };
    const key = core.sort((a, b) => a - b).join();
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const node = { core, places: new Map(), kept: true };
    this.#kept.set(key, node);
    return node;
  }

  /** Follows splits and the assertions that hold. */
  #arrive(node: Node, truth: number): Place {
    this.#meter.steps++;
    const known = node.places.get(truth);
    if (known !== undefined) return known;
    const { states } = this.#program;
    const round = ++this.#round;
    const pending = [...node.core];
    const waiting: number[] = [];
    let accepting = false;
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      this.#meter.steps++;
      const state = states[index];
      if (state === undefined || this.#seen[index] === round) continue;
      this.#seen[index] = round;
      if (state.kind === "character") waiting.push(index);
      else if (state.kind === "match") accepting = true;
      else if (state.kind === "split") pending.push(state.other, state.next);
      else if ((truth >> state.bit) & 1) pending.push(state.next);
    }
    const place = { accepting, waiting, next: [] };
    if (this.#places < MOST_KEPT) {
      this.#places++;
      node.places.set(truth, place);
    }
    return place;
  }

  #step(place: Place, code: number): Node {
    const known = code < 128 ? place.next[code] : undefined;
    if (known !== undefined) return known;
    const { states, start } = this.#program;
    const round = ++this.#round;
    const core: number[] = [];
    const add = (index: number): void => {
      if (this.#seen[index] === round) return;
      this.#seen[index] = round;
      core.push(index);
    };
    if (this.#floating) add(start);
    for (const index of place.waiting) {
      this.#meter.steps++;
      const state = states[index];
      if (state?.kind === "character" && state.test(code)) add(state.next);
    }
    const node = this.#nodeOf(core);
    if (code < 128 && node.kept) place.next[code] = node;
    return node;
  }
}
