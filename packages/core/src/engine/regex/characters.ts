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
const patternSteps = 8;

const unicodeCategories = createCategories({
  d: digitPattern,
  s: spacePattern,
  w: /[\p{L}\p{N}_]/u,
});
const asciiCategories = createCategories({ d: /\d/, s: /[\t-\r ]/, w: /\w/ });

/** Finds the category of `\d`, `\s`, `\w` or of an opposite such as `\D`. Returns `undefined` for another letter. */
export function findCategory(letter: string, flags: RegexFlags): CharacterTest | undefined {
  return (flags.includes("a") ? asciiCategories : unicodeCategories)[letter];
}

function createCategories(
  patterns: Readonly<Record<string, RegExp>>,
): Readonly<Record<string, CharacterTest>> {
  const categories = Object.entries(patterns).flatMap(([letter, pattern]) => {
    const isMember = (code: number) => pattern.test(String.fromCodePoint(code));
    return [
      [letter, new CharacterTest(isMember, patternSteps)] as const,
      [letter.toUpperCase(), new CharacterTest((code) => !isMember(code), patternSteps)] as const,
    ];
  });
  return Object.fromEntries(categories);
}

/** Creates the test for ranges of characters and categories. */
export function createClassTest(
  ranges: readonly CharacterRange[],
  categories: readonly CharacterTest[],
  { flags, isNegated }: { readonly flags: RegexFlags; readonly isNegated: boolean },
): CharacterTest {
  const source = ranges.map((range) => range.map(escapeCode).join("-")).join("");
  const foldsUnicode = flags.includes("i") && !flags.includes("a");
  const members = new RegExp(`[${source}]`, foldsUnicode ? "iu" : "u");
  const find = (code: number, work: Work) =>
    (listCases(code, flags).some((character) => members.test(character)) ||
      categories.some((category) => category.has(code, work))) !== isNegated;
  return new CharacterTest(find, patternSteps);
}

/** Creates the test for one character. */
export function createCharacterTest(code: number, flags: RegexFlags): CharacterTest {
  return flags.includes("i")
    ? createClassTest([[code, code]], [], { flags, isNegated: false })
    : new CharacterTest((tested) => tested === code);
}

function escapeCode(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

/** These differ only in case in Python, but not in JavaScript. */
const casesOfI = "Ii\u0130\u0131";

/** Lists a character and the ones that differ from it only in case, unless a `RegExp` with the flags `iu` folds them. */
function listCases(code: number, flags: RegexFlags): readonly string[] {
  const character = String.fromCodePoint(code);
  if (!flags.includes("i")) return [character];
  if (!flags.includes("a")) return casesOfI.includes(character) ? [...casesOfI] : [character];
  return /[A-Z]/i.test(character)
    ? [character.toLowerCase(), character.toUpperCase()]
    : [character];
}
