import { refuse } from "../refusal.ts";
import { isAtEnd, refuseNext, type Scanner } from "../scanner.ts";
import {
  type CharacterRange,
  type CharacterTest,
  createClassTest,
  findCategory,
  type RegexFlags,
} from "./characters.ts";

const classOpeningPattern = /\[(\^?)/y;
/**
 * An escaped code point, a known escape letter, or a literal character. `\N` (a character by its name) is not
 * supported, because it would need a table of all names.
 */
const memberPattern =
  /\\(?:(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U00(?:0[\da-fA-F]|10)[\da-fA-F]{4})|(?![4-7][0-7]{2})([0-7]{1,3})|([abfnrtvdDsSwW]|[^A-Za-z0-9]))|[^\\]|(?=\\(N)?)/uy;
const controlLetters = "abtnvfr";

/** Reads a class in brackets. Returns `undefined` if none comes next. A `]` in the first place is a member. */
export function readClass(scanner: Scanner, flags: RegexFlags): CharacterTest | undefined {
  const opening = scanner.take(classOpeningPattern);
  if (!opening) return undefined;
  const ranges: CharacterRange[] = [];
  const categories = new Set<CharacterTest>();
  do {
    const first = readMember(scanner, flags);
    const isRange = scanner.take(/-(?!\])/y);
    const last = isRange ? readMember(scanner, flags) : first;
    if (typeof first === "number" && typeof last === "number" && first <= last) {
      ranges.push([first, last]);
    } else if (isRange || typeof first === "number") {
      // A range cannot start or end with a category such as `\d`.
      refuseNext(scanner);
    } else categories.add(first);
  } while (!scanner.take(/\]/y));
  return createClassTest(ranges, [...categories], { flags, isNegated: opening[1] === "^" });
}

/** Reads a character, as its code point, or a category. */
export function readMember(scanner: Scanner, flags: RegexFlags): number | CharacterTest {
  if (isAtEnd(scanner)) refuse('missing "]"');
  const [text = "", hex, octal, letter, named] = scanner.take(memberPattern) ?? [];
  if (hex) return Number.parseInt(hex.slice(1), 16);
  if (octal) return Number.parseInt(octal, 8);
  const code =
    (letter ?? text).codePointAt(0) ?? refuseNext(scanner, named ? "not supported" : "invalid");
  if (!letter) return code;
  const control = controlLetters.indexOf(letter);
  return findCategory(letter, flags) ?? (control < 0 ? code : control + 7);
}
