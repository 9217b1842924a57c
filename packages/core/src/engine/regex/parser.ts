import { refuse } from "../refusal.ts";
import { hasEnded, refuseRest, scan } from "../scanner.ts";
import { readAssertion } from "./assertion.ts";
import { type CharacterTest, type RegexFlags, range } from "./characters.ts";
import { readClass, readMember } from "./class.ts";
import { choice, type Fragment, look, repeat, sequence, step } from "./fragment.ts";

/** Groups are read by recursion; Python gives up on deep ones too. */
const maxGroupDepth = 100;

/** Even in a comment a backslash hides the character after it. */
const commentPattern = /\(\?#(?:[^)\\]|\\.)*\)/sy;
const blankPattern = /[ \t\n\r\v\f]+|#(?:[^\n\\]|\\.)*(?:\n|$)/sy;
/**
 * Braces that bound nothing are plain characters. Laziness changes what is captured, not whether anything matches.
 */
const quantifierPattern = /(?:[*+?]|\{(?!\})(\d*)(,?)(\d*)\})(?:\?|(?=(\+))|)/y;
const openingPattern =
  /\((?:(?!\?)|\?(?:P<([\p{XID_Start}_]\p{XID_Continue}*)>|(<?)([=!])|([aimsux]*)(?:-([imsx]+))?:))/uy;
/** What is no character: references to groups, conditional and atomic groups, or else something misplaced. */
const otherPattern = /(?=(\\(?![1-7][0-7]{2})[1-9]|\(\?(?:[>(]|P=))|[*+?(]|\{(?!\})\d*,?\d*\})/y;

/** Reads a pattern in the dialect of Python's `re`. */
export function parseRegex(pattern: string): Fragment {
  const take = scan(pattern);
  const names = new Set<string>();
  let depth = 0;

  // Flags for the whole pattern are allowed at its start only.
  let flags = "";
  let all = "";
  let more: string | undefined = "";
  do {
    all += more;
    flags = switchFlags("", all, "");
    skipIgnored(flags);
    more = take(/\(\?([aimsux]+)\)/y)?.[1];
  } while (more !== undefined);
  const whole = readChoice(flags);
  return hasEnded(take) ? whole : refuseRest(take);

  /** Passes over comments and, in verbose mode, whitespace. */
  function skipIgnored(flags: RegexFlags): void {
    while (take(commentPattern) ?? (flags.includes("x") ? take(blankPattern) : null));
  }

  function readChoice(flags: RegexFlags): Fragment {
    if (++depth > maxGroupDepth) refuse(`more than ${maxGroupDepth} levels`);
    const options = [];
    do options.push(readSequence(flags));
    while (take(/\|/y) !== null);
    depth--;
    return choice(options);
  }

  function readSequence(flags: RegexFlags): Fragment {
    const items: Fragment[] = [];
    for (;;) {
      skipIgnored(flags);
      if (take(/(?=[|)]|$)/y) !== null) return sequence(items);
      const assertion = readAssertion(take, flags);
      items.push(assertion === undefined ? readRepeated(flags) : step(undefined, assertion));
    }
  }

  function readRepeated(flags: RegexFlags): Fragment {
    const item = readGroup(flags) ?? step(readCharacter(flags));
    skipIgnored(flags);
    const quantifier = take(quantifierPattern);
    if (quantifier === null) return item;
    const [text, low, comma, high, possessive] = quantifier;
    if (possessive !== undefined) refuseRest(take, true);
    const min = text.startsWith("+") ? 1 : Number(low ?? 0);
    const most = comma === "" ? min : Number(high || Number.POSITIVE_INFINITY);
    const max = text.startsWith("?") ? 1 : most;
    return max < min ? refuseRest(take) : repeat(item, min, max);
  }

  function readGroup(flags: RegexFlags): Fragment | undefined {
    const opening = take(openingPattern);
    if (opening === null) return undefined;
    const [, name, behind, sign, on = "", off = ""] = opening;
    if (name !== undefined && names.size === names.add(name).size) refuseRest(take);
    const inner = readChoice(switchFlags(flags, on, off));
    if (take(/\)/y) === null) refuseRest(take);
    if (sign === undefined) return inner;
    // Lookbehind needs a fixed width.
    if (behind && Number.isNaN(inner.width)) refuseRest(take);
    return look(inner, !behind, sign === "=");
  }

  function readCharacter(flags: RegexFlags): CharacterTest {
    const other = take(otherPattern);
    if (other !== null) refuseRest(take, other[1] !== undefined);
    if (take(/\./y) !== null) return (code) => code !== 10 || flags.includes("s");
    const member = readClass(take, flags) ?? readMember(take, flags);
    return typeof member === "number" ? range(member, member, flags) : member;
  }

  function switchFlags(flags: RegexFlags, on: string, off: string): RegexFlags {
    const gone = off + (on.includes("u") ? "a" : "");
    if ([...on].some((flag) => gone.includes(flag))) refuseRest(take);
    return [...flags, ...on].filter((flag) => !gone.includes(flag)).join("");
  }
}
