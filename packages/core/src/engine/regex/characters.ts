import { digitPattern, spacePattern } from "../python-number.ts";

/** Whether a character, given as its code point, belongs to a set. */
export type CharacterTest = (code: number) => boolean;

/** The letters of `(?aimsux)` that are on. */
export type RegexFlags = string;

const unicodeCategories: Readonly<Record<string, CharacterTest>> = {
  d: createTest(digitPattern),
  s: createTest(spacePattern),
  w: createTest(/[\p{L}\p{N}_]/u),
};
const asciiCategories: typeof unicodeCategories = {
  d: createTest(/\d/),
  s: createTest(/[\t-\r ]/),
  w: createTest(/\w/),
};

/** Letters that differ only in case in Python. In JavaScript, this is true only for the first two. */
const lettersI = "iI\u0130\u0131";

/** Finds the category of `\d`, `\s`, `\w` or of an opposite such as `\D`. Returns `undefined` for another letter. */
export function findCategory(letter: string, flags: RegexFlags): CharacterTest | undefined {
  const small = letter.toLowerCase();
  const test = (flags.includes("a") ? asciiCategories : unicodeCategories)[small];
  return test && letter !== small ? (code) => !test(code) : test;
}

/** Creates the test for the characters from `low` to `high`. */
export function createRangeTest(low: number, high: number, flags: RegexFlags): CharacterTest {
  const isInside = (code: number) => code >= low && code <= high;
  if (!flags.includes("i")) return isInside;
  if (flags.includes("a")) {
    return (code) => {
      const isLetter = (code | 32) > 96 && (code | 32) < 123;
      return isInside(code) || (isLetter && isInside(code ^ 32));
    };
  }
  const members = `\\u{${low.toString(16)}}-\\u{${high.toString(16)}}`;
  const folded = new RegExp(`[${members}]`, "iu");
  return createTest(folded.test(lettersI) ? new RegExp(`[${members}${lettersI}]`, "iu") : folded);
}

/** Caches the results for ASCII characters. */
function createTest(members: RegExp): CharacterTest {
  const test = (code: number) => members.test(String.fromCodePoint(code));
  const known: boolean[] = [];
  return (code) => {
    if (code > 127) return test(code);
    known[code] ??= test(code);
    return known[code] === true;
  };
}
