import { Automaton, type Meter } from "./regex-automaton.ts";
import { parseRegex } from "./regex-parser.ts";
import { compileProgram } from "./regex-program.ts";
import { PatternError } from "./regex-syntax.ts";

/** A pattern that is ready to be matched. */
export interface Regex {
  /** Whether the pattern matches at the start of a text, as Python's `re.match` has it. */
  test(text: string): boolean;
  /** What the matches so far have cost, in visited states. */
  readonly meter: Readonly<Meter>;
}

/** In characters; the API allows a thousand. */
const LONGEST_PATTERN = 20_000;

/**
 * Compiles a pattern in the dialect of Python's `re`, or says why it cannot be.
 *
 * Patterns come from a dashboard and texts from strangers, so a match takes time linear in the text, whatever the
 * pattern. References to groups, conditional and atomic groups and possessive repetition cannot be had that way.
 */
export function compileRegex(pattern: string): Regex | string {
  if (pattern.length > LONGEST_PATTERN) return "cannot use the pattern: it is too long";
  try {
    const meter: Meter = { steps: 0 };
    const automaton = new Automaton(compileProgram(parseRegex(pattern)), meter, false);
    return { meter, test: (text) => automaton.accepts(text) };
  } catch (error) {
    if (error instanceof PatternError) return `cannot use the pattern: ${error.reason}`;
    throw error;
  }
}
