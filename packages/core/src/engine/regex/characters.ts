import { digitPattern, spacePattern } from "../python-number.ts";
import type { Work } from "../work.ts";

/** The letters of `(?aimsux)` that are on. */
export type RegexFlags = string;

/** The first and the last character of a range, as code points. */
export type CharacterRange = readonly [first: number, last: number];

/** A power of two. */
const maxCachedResults = 64;

/** Tests whether a character, given as its code point, belongs to a set. */
export class CharacterTest {
  readonly #find: (code: number, work: Work) => boolean;
  readonly #steps: number;
  /** `(code + 1) * 2 + result`, by the last bits of the code. */
  #results: Int32Array | undefined;

  /** @param steps - the cost of `find`. If it is given, results are cached. */
  constructor(find: (code: number, work: Work) => boolean, steps = 0) {
    this.#find = find;
    this.#steps = steps;
  }

  has(code: number, work: Work): boolean {
    if (this.#steps === 0) return this.#find(code, work);
    this.#results ??= new Int32Array(maxCachedResults);
    const slot = code & (maxCachedResults - 1);
    let result = this.#results[slot] ?? 0;
    if (result >> 1 !== code + 1) {
      work.steps += this.#steps;
      result = ((code + 1) << 1) | Number(this.#find(code, work));
      this.#results[slot] = result;
    }
    return (result & 1) === 1;
  }
}

/** The steps of a test with a `RegExp`. */
const categorySteps = 8;

const unicodeCategories: Readonly<Record<string, CharacterTest>> = {
  d: createCategory(digitPattern),
  D: createCategory(digitPattern, true),
  s: createCategory(spacePattern),
  S: createCategory(spacePattern, true),
  w: createCategory(/[\p{L}\p{N}_]/u),
  W: createCategory(/[^\p{L}\p{N}_]/u),
};
const asciiCategories: typeof unicodeCategories = {
  d: createCategory(/\d/),
  D: createCategory(/\D/),
  s: createCategory(/[\t-\r ]/),
  S: createCategory(/[^\t-\r ]/),
  w: createCategory(/\w/),
  W: createCategory(/\W/),
};

/** Finds the category of `\d`, `\s`, `\w` or of an opposite such as `\D`. Returns `undefined` for another letter. */
export function findCategory(letter: string, flags: RegexFlags): CharacterTest | undefined {
  return (flags.includes("a") ? asciiCategories : unicodeCategories)[letter];
}

function createCategory(members: RegExp, isNegated = false): CharacterTest {
  const find = (code: number) => members.test(String.fromCodePoint(code)) !== isNegated;
  return new CharacterTest(find, categorySteps);
}

/** In larger ranges, the case of each tested character is folded instead of that of each member. */
const maxFoldedRange = 32;

/** Creates the test for ranges of characters and categories. */
export function createClassTest(
  ranges: readonly CharacterRange[],
  categories: readonly CharacterTest[],
  { flags, isNegated }: { readonly flags: RegexFlags; readonly isNegated: boolean },
): CharacterTest {
  const ignoresCase = flags.includes("i");
  const bounds = joinRanges(
    ignoresCase ? ranges.flatMap((range) => addCases(range, flags)) : ranges,
  );
  const hasLargeRange = ranges.some(([first, last]) => last - first > maxFoldedRange);
  const foldsTested = ignoresCase && hasLargeRange;
  const find = (code: number, work: Work) =>
    (isInside(bounds, code) ||
      categories.some((category) => category.has(code, work)) ||
      (foldsTested && listCases(code, flags).some((other) => isInside(bounds, other)))) !==
    isNegated;
  const searchSteps = bounds.length > 8 ? Math.ceil(Math.log2(bounds.length)) : 0;
  return new CharacterTest(find, foldsTested ? categorySteps + searchSteps * 4 : searchSteps);
}

/** Creates the test for one character. */
export function createCharacterTest(code: number, flags: RegexFlags): CharacterTest {
  return flags.includes("i")
    ? createClassTest([[code, code]], [], { flags, isNegated: false })
    : new CharacterTest((tested) => tested === code);
}

/** Lists a range and the characters that differ from its members only in case. */
function addCases(range: CharacterRange, flags: RegexFlags): CharacterRange[] {
  const [first, last] = range;
  const ranges = [range];
  if (last - first > maxFoldedRange) return ranges;
  for (let code = first; code <= last; code++) {
    for (const other of listCases(code, flags)) ranges.push([other, other]);
  }
  return ranges;
}

/** Sorts and joins ranges. Returns the first member, the first character that is none, and so on in turns. */
function joinRanges(ranges: readonly CharacterRange[]): readonly number[] {
  const bounds: number[] = [];
  for (const [first, last] of [...ranges].sort(([a], [b]) => a - b)) {
    const end = bounds.at(-1) ?? -1;
    if (first > end) bounds.push(first, last + 1);
    else bounds[bounds.length - 1] = Math.max(end, last + 1);
  }
  return bounds;
}

/** Whether an odd number of bounds are at or below a character. */
function isInside(bounds: readonly number[], code: number): boolean {
  let low = 0;
  for (let high = bounds.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((bounds[middle] ?? 0) <= code) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 1;
}

/** Characters that differ only in case in Python, if `toLowerCase` and `toUpperCase` do not connect all of them. */
const caseGroups =
  " Ii\u0130\u0131 Kk\u212a Ss\u017f \u00b5\u039c\u03bc \u00c5\u00e5\u212b \u00df\u1e9e \u01c4\u01c5\u01c6 \u01c7\u01c8\u01c9 \u01ca\u01cb\u01cc \u01f1\u01f2\u01f3 \u0345\u0399\u03b9\u1fbe \u0390\u1fd3 \u0392\u03b2\u03d0 \u0395\u03b5\u03f5 \u0398\u03b8\u03d1\u03f4 \u039a\u03ba\u03f0 \u03a0\u03c0\u03d6 \u03a1\u03c1\u03f1 \u03a3\u03c2\u03c3 \u03a6\u03c6\u03d5 \u03a9\u03c9\u2126 \u03b0\u1fe3 \u0412\u0432\u1c80 \u0414\u0434\u1c81 \u041e\u043e\u1c82 \u0421\u0441\u1c83 \u0422\u0442\u1c84\u1c85 \u042a\u044a\u1c86 \u0462\u0463\u1c87 \u1c88\ua64a\ua64b \u1e60\u1e61\u1e9b \u1fb3\u1fbc \u1fc3\u1fcc \u1ff3\u1ffc \ufb05\ufb06 ";

/** Lists the characters that differ from a character only in case. */
function listCases(code: number, flags: RegexFlags): readonly number[] {
  const isLetter = (code | 32) > 96 && (code | 32) < 123;
  // Only i, k and s have other cases beyond ASCII.
  const isAscii =
    flags.includes("a") || (code < 128 && !"iks".includes(String.fromCharCode(code | 32)));
  if (isAscii) return isLetter ? [code ^ 32] : [];
  // Greek letters with iota subscript. Their upper case has two characters in JavaScript.
  if (code >= 0x1f80 && code < 0x1fb0) return [code ^ 8];
  const character = String.fromCodePoint(code);
  const at = caseGroups.indexOf(character);
  const cases =
    at < 0
      ? [character.toLowerCase(), character.toUpperCase()]
      : caseGroups.slice(caseGroups.lastIndexOf(" ", at) + 1, caseGroups.indexOf(" ", at));
  // An upper case of several characters is none for Python.
  return Array.from(cases, (other) => {
    const first = other.codePointAt(0) ?? code;
    return other.length > String.fromCodePoint(first).length ? code : first;
  });
}
