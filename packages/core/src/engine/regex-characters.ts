import { DIGIT, SPACE } from "./python-number.ts";

/** Whether a character, given as its code point, is meant. */
export type CharacterTest = (code: number) => boolean;

/** The letters of `(?aimsux)` that are on. */
export type RegexFlags = string;

type Categories = Readonly<Record<string, CharacterTest>>;

/** Wider ranges are not expanded to fold their case; what folds strangely is missed in them. */
const LARGEST_FOLDED_RANGE = 4096;

const UNICODE: Categories = {
  d: testOf(DIGIT),
  s: testOf(SPACE),
  w: testOf(/[\p{L}\p{N}_]/u),
};
const ASCII: Categories = { d: testOf(/\d/), s: testOf(/[\t-\r ]/), w: testOf(/\w/) };

/** The category of `\d`, `\s`, `\w` and their capital opposites; `undefined` for another letter. */
export function category(letter: string, flags: RegexFlags): CharacterTest | undefined {
  const small = letter.toLowerCase();
  const test = (flags.includes("a") ? ASCII : UNICODE)[small];
  return test && letter !== small ? (code) => !test(code) : test;
}

/** The test of the characters from `low` to `high`. */
export function range(low: number, high: number, flags: RegexFlags): CharacterTest {
  const inside = (code: number) => code >= low && code <= high;
  if (!flags.includes("i")) return inside;
  const ascii = flags.includes("a");
  if (high - low < LARGEST_FOLDED_RANGE) {
    const capitals = new Set<string>();
    for (let code = low; code <= high; code++) capitals.add(casesOf(code, ascii)[1]);
    return (code) => capitals.has(casesOf(code, ascii)[1]);
  }
  return (code) => {
    const [small, capital] = casesOf(code, ascii);
    const large = codeOf(capital);
    // A capital of several characters is none.
    const hasLarge = capital === String.fromCodePoint(large);
    return inside(code) || inside(codeOf(small)) || (hasLarge && inside(large));
  };
}

/** The lower case, and its upper case, which is equal for characters that differ in case only. */
function casesOf(code: number, ascii: boolean): [small: string, capital: string] {
  const character = String.fromCodePoint(code);
  if (ascii && code > 127) return [character, character];
  const [small = ""] = character.toLowerCase();
  return [small, small.toUpperCase()];
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

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
