import type { CharacterTest } from "./regex-characters.ts";
import { PatternError, type Position, type RegexNode } from "./regex-syntax.ts";

/** One state of a program. */
export type State =
  | { readonly kind: "character"; readonly test: CharacterTest; readonly next: number }
  | { readonly kind: "split"; readonly next: number; other: number }
  | { readonly kind: "assert"; readonly bit: number; readonly next: number }
  | { readonly kind: "match" };

/** Something that holds at a place or not, without consuming a character. */
export type Assertion =
  | { readonly position: Position }
  | { readonly look: Program; readonly ahead: boolean; readonly negated: boolean };

/** A pattern as a nondeterministic automaton. */
export interface Program {
  readonly states: readonly State[];
  readonly start: number;
  /** By the bit that the states refer to them by. */
  readonly assertions: readonly Assertion[];
}

/** Bounds the steps per character. Counted repetitions are written out, so `.{0,950}` exceeds it. */
const MOST_STATES = 500;
/** The truth of all of a program's assertions at a place fits one integer. */
const MOST_ASSERTIONS = 30;

/** Compiles a pattern; throws a {@link PatternError} where it is too large. */
export function compileProgram(node: RegexNode): Program {
  return new Emitter({ left: MOST_STATES }, true).emitAll(node);
}

/** Emits from the end to the start, so that each state knows what follows it. */
class Emitter {
  readonly #states: State[] = [];
  readonly #assertions: Assertion[] = [];
  readonly #positions = new Map<Position, number>();
  readonly #budget: { left: number };
  /** Off for lookahead, whose places are found by reading the text backwards. */
  readonly #forwards: boolean;

  constructor(budget: { left: number }, forwards: boolean) {
    this.#budget = budget;
    this.#forwards = forwards;
  }

  emitAll(node: RegexNode): Program {
    const start = this.#emit(node, this.#add({ kind: "match" }));
    return { states: this.#states, start, assertions: this.#assertions };
  }

  #add(state: State): number {
    if (this.#budget.left-- <= 0) throw new PatternError(`more than ${MOST_STATES} states`);
    return this.#states.push(state) - 1;
  }

  /** Adds the states of a node that go on to `next`, and gives the state to enter by. */
  #emit(node: RegexNode, next: number): number {
    switch (node.kind) {
      case "character":
        return this.#add({ kind: "character", test: node.test, next });
      case "position":
        return this.#add({ kind: "assert", bit: this.#positionBit(node.position), next });
      case "look": {
        const { ahead, negated } = node;
        const look = new Emitter(this.#budget, !ahead).emitAll(node.item);
        return this.#add({ kind: "assert", bit: this.#bit({ look, ahead, negated }), next });
      }
      case "sequence": {
        const { items } = node;
        const inOrder = this.#forwards ? [...items].reverse() : items;
        return inOrder.reduce((entry, item) => this.#emit(item, entry), next);
      }
      case "choice":
        return node.options
          .map((option) => this.#emit(option, next))
          .reduceRight((other, entry) => this.#add({ kind: "split", next: entry, other }));
      case "repeat":
        return this.#repeat(node, next);
    }
  }

  #repeat({ item, min, max }: RegexNode & { kind: "repeat" }, next: number): number {
    let entry = next;
    if (max === Infinity) {
      const loop = { kind: "split" as const, next, other: next };
      entry = this.#add(loop);
      loop.other = this.#emit(item, entry);
    } else {
      for (let i = min; i < max; i++) {
        const inner = this.#emit(item, entry);
        // What adds no state matches nothing but emptiness, however often.
        if (inner === entry) break;
        entry = this.#add({ kind: "split", next, other: inner });
      }
    }
    for (let i = 0; i < min; i++) {
      const outer = this.#emit(item, entry);
      if (outer === entry) break;
      entry = outer;
    }
    return entry;
  }

  #positionBit(position: Position): number {
    const bit = this.#positions.get(position) ?? this.#bit({ position });
    this.#positions.set(position, bit);
    return bit;
  }

  #bit(assertion: Assertion): number {
    if (this.#assertions.length >= MOST_ASSERTIONS) throw new PatternError("too many assertions");
    return this.#assertions.push(assertion) - 1;
  }
}
