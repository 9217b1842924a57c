import { isDigit, isSpace } from "./python-number.ts";

/** Whether a character, given as its code point, is meant. */
export type CharacterTest = (code: number) => boolean;

/** What `(?aimsx)` switch. */
export interface RegexFlags {
  readonly a: boolean;
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly x: boolean;
}

/** A character, a range of characters, or a category like `\d`. */
export type ClassItem =
  | { readonly low: number; readonly high: number }
  | { readonly test: CharacterTest };

const NEWLINE = 10;
const WORD = /[\p{L}\p{N}_]/u;
/** Wider ranges are not expanded to fold their case; what folds strangely is missed in them. */
const LARGEST_FOLDED_RANGE = 4096;

/** Whether `\w` means a character; letters and numbers of any script where `ascii` is off. */
export function isWord(code: number, ascii: boolean): boolean {
  if (code >= 128) return !ascii && WORD.test(String.fromCodePoint(code));
  return isAsciiLetter(code) || (code >= 48 && code <= 57) || code === 95;
}

/** The category of `\d`, `\s`, `\w` and their capital opposites; `undefined` for another letter. */
export function category(letter: string, { a }: RegexFlags): CharacterTest | undefined {
  switch (letter) {
    case "d":
      return a ? (code) => code < 128 && isDigit(code) : isDigit;
    case "s":
      return a ? (code) => code === 32 || (code >= 9 && code <= 13) : isSpace;
    case "w":
      return (code) => isWord(code, a);
    case "D":
    case "S":
    case "W": {
      const opposite = category(letter.toLowerCase(), { a } as RegexFlags);
      return opposite && ((code) => !opposite(code));
    }
    default:
      return undefined;
  }
}

/** The test of a dot: everything but a newline, or everything. */
export function anyCharacter({ s }: RegexFlags): CharacterTest {
  return s ? () => true : (code) => code !== NEWLINE;
}

/** The test of one character. */
export function literal(wanted: number, flags: RegexFlags): CharacterTest {
  if (!flags.i) return (code) => code === wanted;
  const key = fold(wanted, flags.a);
  return (code) => code === wanted || fold(code, flags.a) === key;
}

/** The test of a class in brackets. */
export function characterClass(
  items: readonly ClassItem[],
  negated: boolean,
  flags: RegexFlags,
): CharacterTest {
  const tests = items.map((item) => ("test" in item ? item.test : range(item, flags)));
  return (code) => tests.some((test) => test(code)) !== negated;
}

function range({ low, high }: { low: number; high: number }, flags: RegexFlags): CharacterTest {
  const inside = (code: number) => code >= low && code <= high;
  if (!flags.i) return inside;
  if (high - low < LARGEST_FOLDED_RANGE) {
    const keys = new Set<string>();
    for (let code = low; code <= high; code++) keys.add(fold(code, flags.a));
    return (code) => keys.has(fold(code, flags.a));
  }
  return (code) => inside(code) || inside(lower(code, flags.a)) || inside(upper(code, flags.a));
}

/** Equal for characters that differ in case only: those whose lower cases have the same upper case. */
function fold(code: number, ascii: boolean): string {
  const small = String.fromCodePoint(lower(code, ascii));
  return ascii ? small : small.toUpperCase();
}

function lower(code: number, ascii: boolean): number {
  if (code < 128 || ascii) return code >= 65 && code <= 90 ? code + 32 : code;
  // The one letter whose lower case is two characters; Python takes the first.
  if (code === 0x130) return 0x69;
  return String.fromCodePoint(code).toLowerCase().codePointAt(0) ?? code;
}

function upper(code: number, ascii: boolean): number {
  if (code < 128 || ascii) return isAsciiLetter(code) ? code & ~32 : code;
  const large = String.fromCodePoint(code).toUpperCase();
  const [first] = large;
  return first === large ? (large.codePointAt(0) ?? code) : code;
}

function isAsciiLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
