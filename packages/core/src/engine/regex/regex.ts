import { refuse } from "../refusal.ts";
import { Matcher } from "./matcher.ts";
import { parseRegex } from "./parser.ts";
import { Program } from "./program.ts";

/** In characters. The API allows a thousand. */
const maxPatternLength = 20_000;

/**
 * Compiles a pattern in the dialect of Python's `re`, or refuses it. A match starts at the first character of the text
 * and takes time linear in its length, whatever the pattern.
 */
export function compileRegex(pattern: string): Matcher {
  if (pattern.length > maxPatternLength) refuse(`more than ${maxPatternLength} characters`);
  return new Matcher(
    parseRegex(pattern).emit,
    new Program({ states: 0, matches: 0 }, false),
    false,
  );
}
