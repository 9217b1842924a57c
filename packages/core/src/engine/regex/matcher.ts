import { codeAfter, codeBefore, holdsOnlyAtEnds } from "./assertion.ts";
import { matchState, type Program, type State } from "./program.ts";

/**
 * Whether some start of a text matches. Given a mark for each place of the text, it marks instead all places where
 * a match ends or, reading backwards, begins.
 */
export type Matcher = (text: string, marks?: Uint8Array) => boolean;

/** A set of program states to go on from. */
interface Node {
  readonly core: readonly number[];
  /** By which assertions hold. */
  readonly places: Place[];
  /** Whether later characters and texts may find it again. */
  readonly kept: boolean;
}

/** A set of program states after following everything that consumes no character. */
interface Place {
  readonly accepting: boolean;
  /** The states that wait for a character. */
  readonly waiting: readonly State[];
  /** By ASCII character. */
  readonly next: Node[];
}

/** Bounds the memory of one matcher; when it is reached, what was kept is forgotten. */
const maxKept = 128;
/** A text that makes a matcher forget more often than this gains nothing from keeping sets. */
const maxRestarts = 4;

/**
 * Runs a program over texts by following all its states at once, which takes at most the number of states per
 * character. The sets met are kept with their transitions, so that most characters cost one look-up. A floating
 * match may begin anywhere, not only at the first place.
 */
export function createMatcher(program: Program, start: number, floating: boolean): Matcher {
  const { states, assertions, meter, backwards } = program;
  const onlyEnds = assertions.every(holdsOnlyAtEnds);
  const seen = new Int32Array(states.length);
  const kept = new Map<string, Node>();
  let round = 0;
  let places = 0;
  let restarts = 0;
  let first: Node | undefined;

  return (text, marks) => {
    restarts = 0;
    first ??= nodeOf([start]);
    let at = backwards ? text.length : 0;
    for (let node = first; node.core.length > 0; ) {
      const place = arrive(node, truthAt(text, at));
      if (place.accepting) {
        if (marks === undefined) return true;
        marks[at] = 1;
      }
      const code = backwards ? codeBefore(text, at) : codeAfter(text, at);
      if (code < 0) break;
      node = step(place, code);
      const length = code > 0xffff ? 2 : 1;
      at += backwards ? -length : length;
    }
    return false;
  };

  /** Which assertions hold at a place, one bit each. */
  function truthAt(text: string, at: number): number {
    if (onlyEnds && at > 0 && at < text.length - 1) return 0;
    meter.steps += assertions.length;
    let truth = 0;
    for (let bit = 0; bit < assertions.length; bit++) {
      if (assertions[bit]?.(text, at)) truth |= 1 << bit;
    }
    return truth;
  }

  function nodeOf(core: number[]): Node {
    meter.steps += core.length;
    const node = { core, places: [], kept: places < maxKept || restarts++ < maxRestarts };
    if (!node.kept) return node;
    if (places >= maxKept) {
      kept.clear();
      first = undefined;
      places = 0;
    }
    const key = core.sort((a, b) => a - b).join();
    const known = kept.get(key) ?? node;
    kept.set(key, known);
    return known;
  }

  /** Follows splits and the assertions that hold. */
  function arrive(node: Node, truth: number): Place {
    meter.steps++;
    const known = node.places[truth];
    if (known !== undefined) return known;
    round++;
    places++;
    const pending = [...node.core];
    const waiting: State[] = [];
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      meter.steps++;
      const state = states[index];
      if (state === undefined || seen[index] === round) continue;
      seen[index] = round;
      if (state.test !== undefined) waiting.push(state);
      else if ((state.needs & ~truth) === 0) pending.push(...state.next);
    }
    const place = { accepting: seen[matchState] === round, waiting, next: [] };
    node.places[truth] = place;
    return place;
  }

  function step(place: Place, code: number): Node {
    const known = code < 128 ? place.next[code] : undefined;
    if (known !== undefined) return known;
    round++;
    const core = floating ? [start] : [];
    for (const { test, next } of place.waiting) {
      meter.steps++;
      if (!test?.(code)) continue;
      for (const index of next) {
        if (seen[index] !== round) core.push(index);
        seen[index] = round;
      }
    }
    const node = nodeOf(core);
    if (code < 128 && node.kept) place.next[code] = node;
    return node;
  }
}
