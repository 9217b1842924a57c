import { type CharacterTest, category, type RegexFlags } from "./regex-characters.ts";
import { PatternError, type Position } from "./regex-syntax.ts";

/** What stands for itself, in order, after a backslash. */
const CONTROLS: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
};
const HEX_LENGTHS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** What an escape means. */
export type Escape =
  | { readonly code: number }
  | { readonly test: CharacterTest }
  | { readonly position: Position };

/** An escape and the position after it. */
export interface ReadEscape {
  readonly meaning: Escape;
  readonly end: number;
}

/** Reads the escape whose backslash stands at a position, in a class or outside of one. */
export function readEscape(
  pattern: readonly string[],
  start: number,
  { flags, inClass }: { readonly flags: RegexFlags; readonly inClass: boolean },
): ReadEscape {
  const letter = pattern[start + 1];
  if (letter === undefined) throw new PatternError("a backslash at the end");
  const end = start + 2;
  const test = category(letter, flags);
  if (test !== undefined) return { meaning: { test }, end };
  const position = inClass ? undefined : positionOf(letter, flags);
  if (position !== undefined) return { meaning: { position }, end };
  const control = Object.hasOwn(CONTROLS, letter) ? CONTROLS[letter] : undefined;
  if (control !== undefined) return { meaning: { code: control }, end };
  const hexLength = Object.hasOwn(HEX_LENGTHS, letter) ? HEX_LENGTHS[letter] : undefined;
  if (hexLength !== undefined) return readHex(pattern, end, hexLength);
  if (letter === "N") throw new PatternError("characters by name are not supported");
  if (/^[0-9]$/.test(letter)) return readOctal(pattern, start + 1, inClass);
  if (/^[A-Za-z]$/.test(letter)) throw new PatternError(`unknown escape \\${letter}`);
  return { meaning: { code: letter.codePointAt(0) ?? 0 }, end };
}

function positionOf(letter: string, { a }: RegexFlags): Position | undefined {
  switch (letter) {
    case "A":
      return "text start";
    case "Z":
      return "text end";
    case "b":
      return a ? "ascii word edge" : "word edge";
    case "B":
      return a ? "no ascii word edge" : "no word edge";
    default:
      return undefined;
  }
}

function readHex(pattern: readonly string[], start: number, length: number): ReadEscape {
  const digits = pattern.slice(start, start + length).join("");
  const code = Number.parseInt(digits, 16);
  if (digits.length !== length || !/^[\da-f]+$/i.test(digits) || code > 0x10ffff) {
    throw new PatternError("an incomplete escape");
  }
  return { meaning: { code }, end: start + length };
}

/** Up to three octal digits; outside a class fewer than three mean a group, unless the first is 0. */
function readOctal(pattern: readonly string[], start: number, inClass: boolean): ReadEscape {
  const digits = /^[0-7]{0,3}/.exec(pattern.slice(start, start + 3).join(""))?.[0] ?? "";
  const isCharacter = digits.length === 3 || digits.startsWith("0") || (inClass && digits !== "");
  const code = Number.parseInt(digits, 8);
  if (isCharacter && code <= 0o377) return { meaning: { code }, end: start + digits.length };
  if (isCharacter || inClass) throw new PatternError("an invalid octal escape");
  throw new PatternError("references to groups are not supported");
}
