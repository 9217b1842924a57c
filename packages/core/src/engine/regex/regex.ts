import { refuse } from "../refusal.ts";
import { Matcher } from "./matcher.ts";
import { parseRegex } from "./parser.ts";
import { type Meter, Program } from "./program.ts";

/** In characters. The API allows a thousand. */
const maxPatternLength = 20_000;

/**
 * Compiles a pattern in the dialect of Python's `re`, or refuses it. A match starts at the first character of the text
 * and takes time linear in its length, whatever the pattern. `meter` counts the cost.
 */
export function compileRegex(pattern: string, meter: Meter = { states: 0, steps: 0 }): Matcher {
  if (pattern.length > maxPatternLength) refuse(`more than ${maxPatternLength} characters`);
  return new Matcher(parseRegex(pattern).emit, new Program(meter, false), false);
}
