import { digitPattern, spacePattern } from "../python-number.ts";

/** Whether a character, given as its code point, is meant. */
export type CharacterTest = (code: number) => boolean;

/** The letters of `(?aimsux)` that are on. */
export type RegexFlags = string;

type Categories = Readonly<Record<string, CharacterTest>>;

const unicodeCategories: Categories = {
  d: testOf(digitPattern),
  s: testOf(spacePattern),
  w: testOf(/[\p{L}\p{N}_]/u),
};
const asciiCategories: Categories = { d: testOf(/\d/), s: testOf(/[\t-\r ]/), w: testOf(/\w/) };

/** Differ in case only, as Python has it; JavaScript agrees on the first two. */
const lettersI = "iI\u0130\u0131";

/** The category of `\d`, `\s`, `\w` and their capital opposites; `undefined` for another letter. */
export function category(letter: string, flags: RegexFlags): CharacterTest | undefined {
  const small = letter.toLowerCase();
  const test = (flags.includes("a") ? asciiCategories : unicodeCategories)[small];
  return test && letter !== small ? (code) => !test(code) : test;
}

/** The test of the characters from `low` to `high`. */
export function range(low: number, high: number, flags: RegexFlags): CharacterTest {
  const inside = (code: number) => code >= low && code <= high;
  if (!flags.includes("i")) return inside;
  if (flags.includes("a")) {
    return (code) => {
      const isLetter = (code | 32) > 96 && (code | 32) < 123;
      return inside(code) || (isLetter && inside(code ^ 32));
    };
  }
  const members = `\\u{${low.toString(16)}}-\\u{${high.toString(16)}}`;
  const folded = new RegExp(`[${members}]`, "iu");
  return testOf(folded.test(lettersI) ? new RegExp(`[${members}${lettersI}]`, "iu") : folded);
}

/** Remembers its verdicts on ASCII characters. */
function testOf(members: RegExp): CharacterTest {
  const test = (code: number) => members.test(String.fromCodePoint(code));
  const known: boolean[] = [];
  return (code) => {
    if (code > 127) return test(code);
    known[code] ??= test(code);
    return known[code] === true;
  };
}
