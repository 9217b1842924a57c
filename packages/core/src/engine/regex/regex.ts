import { refuse } from "../refusal.ts";
import { createMatcher } from "./matcher.ts";
import { parseRegex } from "./parser.ts";
import { type Meter, matchState, Program } from "./program.ts";

/** A pattern that is ready to be matched. */
export interface Regex {
  /** Whether the pattern matches at the start of a text, as Python's `re.match` has it. */
  readonly test: (text: string) => boolean;
  /** What the matches so far have cost. */
  readonly meter: Readonly<Meter>;
}

/** In characters; the API allows a thousand. */
const maxPatternLength = 20_000;

/**
 * Compiles a pattern in the dialect of Python's `re`, or refuses it.
 *
 * Patterns come from a dashboard and texts from strangers, so a match takes time linear in the text, whatever the
 * pattern. References to groups, conditional and atomic groups and possessive repetition cannot be had that way.
 */
export function compileRegex(pattern: string): Regex {
  if (pattern.length > maxPatternLength) refuse(`more than ${maxPatternLength} characters`);
  const meter: Meter = { states: 0, steps: 0 };
  const program = new Program(meter, false);
  const start = parseRegex(pattern).emit(program, matchState);
  return { meter, test: createMatcher(program, start, false) };
}
