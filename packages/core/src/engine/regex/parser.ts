import { refuse } from "../refusal.ts";
import { isAtEnd, refuseNext, Scanner } from "../scanner.ts";
import { readAssertion } from "./assertion.ts";
import { CharacterTest, createCharacterTest, type RegexFlags } from "./characters.ts";
import { readClass, readMember } from "./class.ts";
import {
  createChoice,
  createLookaround,
  createRepetition,
  createSequence,
  createStep,
  type Fragment,
} from "./fragment.ts";

/** Limits the depth of the recursion. Python has a limit, too. */
const maxGroupDepth = 100;

/** A backslash escapes the next character even in a comment. */
const commentPattern = /\(\?#(?:[^)\\]|\\.)*\)/sy;
const blankPattern = /[ \t\n\r\v\f]+|#(?:[^\n\\]|\\.)*(?:\n|$)/sy;
const globalFlagsPattern = /\(\?([aimsux]+)\)/y;
/**
 * `{}` is no quantifier but plain characters. A lazy quantifier equals a greedy one here, because nothing is captured.
 */
const quantifierPattern = /(?:[*+?]|\{(?!\})(\d*)(,?)(\d*)\})(?:\?|(?=(\+))|)/y;
const groupOpeningPattern =
  /\((?:(?!\?)|\?(?:P<([\p{XID_Start}_]\p{XID_Continue}*)>|(<?)([=!])|([aimsux]*)(?:-([imsx]+))?:))/uy;
/** Not a character: backreferences, conditional and atomic groups (captured), or a misplaced sign. */
const otherPattern = /(?=(\\(?![1-7][0-7]{2})[1-9]|\(\?(?:[>(]|P=))|[*+?(]|\{(?!\})\d*,?\d*\})/y;

/** Reads a pattern. The names of its groups must differ. */
class PatternScanner extends Scanner {
  readonly groupNames = new Set<string>();
}

/** Reads a pattern in the dialect of Python's `re`, or refuses it. */
export function parseRegex(pattern: string): Fragment {
  const scanner = new PatternScanner(pattern);
  let flags = "";
  let all = "";
  // Python allows flags for the whole pattern only at its start.
  for (let more: string | undefined = ""; more !== undefined; ) {
    all += more;
    flags = switchFlags(scanner, "", all);
    skipIgnored(scanner, flags);
    more = scanner.take(globalFlagsPattern)?.[1];
  }
  const whole = readChoice(scanner, flags, 0);
  return isAtEnd(scanner) ? whole : refuseNext(scanner);
}

/** Skips comments and, in verbose mode, whitespace. */
function skipIgnored(scanner: Scanner, flags: RegexFlags): void {
  while (scanner.take(commentPattern) ?? (flags.includes("x") ? scanner.take(blankPattern) : null));
}

function readChoice(scanner: PatternScanner, flags: RegexFlags, depth: number): Fragment {
  if (depth > maxGroupDepth) refuse(`more than ${maxGroupDepth} levels`);
  const options = [];
  do options.push(readSequence(scanner, flags, depth));
  while (scanner.take(/\|/y));
  return createChoice(options);
}

function readSequence(scanner: PatternScanner, flags: RegexFlags, depth: number): Fragment {
  const items: Fragment[] = [];
  for (;;) {
    skipIgnored(scanner, flags);
    if (scanner.take(/(?=[|)]|$)/y)) return createSequence(items);
    const assertion = readAssertion(scanner, flags);
    items.push(assertion ? createStep(undefined, assertion) : readRepeated(scanner, flags, depth));
  }
}

function readRepeated(scanner: PatternScanner, flags: RegexFlags, depth: number): Fragment {
  const item = readGroup(scanner, flags, depth) ?? createStep(readCharacter(scanner, flags));
  skipIgnored(scanner, flags);
  const quantifier = scanner.take(quantifierPattern);
  if (!quantifier) return item;
  const [text, low, comma, high, possessive] = quantifier;
  if (possessive) refuseNext(scanner, "not supported");
  const min = text.startsWith("+") ? 1 : Number(low ?? 0);
  const upper = comma === "" ? min : Number(high || Number.POSITIVE_INFINITY);
  const max = text.startsWith("?") ? 1 : upper;
  return max < min ? refuseNext(scanner) : createRepetition(item, min, max);
}

function readGroup(
  scanner: PatternScanner,
  flags: RegexFlags,
  depth: number,
): Fragment | undefined {
  const opening = scanner.take(groupOpeningPattern);
  if (!opening) return undefined;
  const { groupNames } = scanner;
  const [, name, behind, sign, on = "", off] = opening;
  if (name && groupNames.size === groupNames.add(name).size) refuseNext(scanner);
  const inner = readChoice(scanner, switchFlags(scanner, flags, on, off), depth + 1);
  if (!scanner.take(/\)/y)) refuse('missing ")"');
  if (!sign) return inner;
  // Lookbehind needs a fixed width.
  if (behind && Number.isNaN(inner.width)) refuseNext(scanner);
  return createLookaround(inner, !behind, sign === "!");
}

function readCharacter(scanner: Scanner, flags: RegexFlags): CharacterTest {
  const other = scanner.take(otherPattern);
  if (other) refuseNext(scanner, other[1] ? "not supported" : "invalid");
  if (scanner.take(/\./y)) {
    const includesNewline = flags.includes("s");
    return new CharacterTest((code) => code !== 10 || includesNewline);
  }
  const member = readClass(scanner, flags) ?? readMember(scanner, flags);
  return typeof member === "number" ? createCharacterTest(member, flags) : member;
}

function switchFlags(scanner: Scanner, flags: RegexFlags, on: string, off = ""): RegexFlags {
  const removed = off + (on.includes("u") ? "a" : "");
  if ([...on].some((flag) => removed.includes(flag))) refuseNext(scanner);
  return [...flags, ...on].filter((flag) => !removed.includes(flag)).join("");
}
