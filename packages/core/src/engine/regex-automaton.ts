import { codeAfter, codeBefore, holdsAt } from "./regex-position.ts";
import type { Program } from "./regex-program.ts";
import type { Position } from "./regex-syntax.ts";

/** Counts what a match costs, in visited states. */
export interface Meter {
  steps: number;
}

/** A set of program states to go on from, and what it comes to at the places met so far. */
interface Node {
  readonly core: readonly number[];
  /** Where no assertion holds, which is the rule. */
  plain: Place | undefined;
  /** By which assertions hold; made when the first does. */
  places: Map<number, Place> | undefined;
  /** Whether later characters and texts may find it again. */
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

/** Bounds the memory of one automaton; when it is reached, what was kept is forgotten. */
const MOST_KEPT = 128;
/** A text that makes an automaton forget more often than this gains nothing from keeping sets. */
const MOST_RESTARTS = 4;

const END_POSITIONS: readonly Position[] = ["text start", "text end", "before last newline"];
const NO_LOOKS: readonly undefined[] = [];

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
  /** Whether the assertions can hold only at the start and at the end of a text. */
  readonly #onlyEnds: boolean;
  #round = 0;
  #kept = new Map<string, Node>();
  #places = 0;
  #restarts = 0;
  #first: Node | undefined;

  constructor(program: Program, meter: Meter, floating: boolean) {
    const { states, assertions } = program;
    this.#program = program;
    this.#meter = meter;
    this.#floating = floating;
    this.#seen = new Int32Array(states.length);
    this.#looks = assertions.map((assertion) =>
      "look" in assertion ? new Automaton(assertion.look, meter, true) : undefined,
    );
    this.#onlyEnds = assertions.every(
      (assertion) => "position" in assertion && END_POSITIONS.includes(assertion.position),
    );
  }

  /** Whether some start of the text matches. */
  accepts(text: string): boolean {
    const looks = this.#lookAround(text);
    let node = this.#begin();
    for (let at = 0; node.core.length > 0; ) {
      const place = this.#arrive(node, this.#truthAt(text, at, looks));
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
    const looks = this.#lookAround(text);
    const found = new Uint8Array(text.length + 1);
    let node = this.#begin();
    for (let at = backwards ? text.length : 0; ; ) {
      const place = this.#arrive(node, this.#truthAt(text, at, looks));
      found[at] = Number(place.accepting);
      const code = backwards ? codeBefore(text, at) : codeAfter(text, at);
      if (code < 0) return found;
      node = this.#step(place, code);
      const length = code > 0xffff ? 2 : 1;
      at += backwards ? -length : length;
    }
  }

  /** Settles each lookaround for the whole text, so that a place only has to look it up. */
  #lookAround(text: string): readonly (Uint8Array | undefined)[] {
    if (this.#onlyEnds) return NO_LOOKS;
    return this.#program.assertions.map((assertion, bit) =>
      "look" in assertion ? this.#looks[bit]?.scan(text, assertion.ahead) : undefined,
    );
  }

  /** Which assertions hold at a place, one bit each. */
  #truthAt(text: string, at: number, looks: readonly (Uint8Array | undefined)[]): number {
    if (this.#onlyEnds && at > 0 && at < text.length - 1) return 0;
    const { assertions } = this.#program;
    this.#meter.steps += assertions.length;
    let truth = 0;
    for (let bit = 0; bit < assertions.length; bit++) {
      const assertion = assertions[bit];
      if (assertion === undefined) continue;
      const holds =
        "position" in assertion
          ? holdsAt(assertion.position, text, at)
          : (looks[bit]?.[at] === 1) !== assertion.negated;
      if (holds) truth |= 1 << bit;
    }
    return truth;
  }

  #begin(): Node {
    this.#restarts = 0;
    this.#first ??= this.#nodeOf([this.#program.start]);
    return this.#first;
  }

  #nodeOf(core: number[]): Node {
    this.#meter.steps += core.length;
    if (this.#places >= MOST_KEPT) {
      if (this.#restarts >= MOST_RESTARTS) {
        return { core, plain: undefined, places: undefined, kept: false };
      }
      this.#restarts++;
      this.#kept.clear();
      this.#first = undefined;
      this.#places = 0;
    }
    const key = core.sort((a, b) => a - b).join();
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const node = { core, plain: undefined, places: undefined, kept: true };
    this.#kept.set(key, node);
    return node;
  }

  /** Follows splits and the assertions that hold. */
  #arrive(node: Node, truth: number): Place {
    this.#meter.steps++;
    const known = truth === 0 ? node.plain : node.places?.get(truth);
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
    this.#places++;
    if (truth === 0) {
      node.plain = place;
    } else {
      node.places ??= new Map();
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
