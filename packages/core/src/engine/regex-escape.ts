import { type CharacterTest, category, type RegexFlags } from "./regex-characters.ts";
import { PatternError, type Position } from "./regex-syntax.ts";
import type { Scanner } from "./scanner.ts";

/** What an escape means. */
export type Escape =
  | { readonly code: number }
  | { readonly test: CharacterTest }
  | { readonly position: Position };

const HEX = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/y;
/** Fewer than three octal digits mean a group, unless the first is 0. */
const OCTAL = /\\(0[0-7]{0,2}|[0-7]{3})/y;
const OCTAL_IN_CLASS = /\\([0-7]{1,3})/y;
const GROUP_REFERENCE = /\\[1-9]/y;
const NAMED_CHARACTER = /\\N/y;
/** Letters of known meaning, and what is no letter or digit, which stands for itself. */
const SIMPLE = /\\([abfnrtvdDsSwWABZ]|[^A-Za-z0-9])/uy;
const CONTROLS = "abtnvfr";

/** Reads an escape, in a class or outside of one; `undefined` where there is none. */
export function readEscape(
  scanner: Scanner,
  flags: RegexFlags,
  inClass: boolean,
): Escape | undefined {
  const hex = scanner.take(HEX);
  if (hex !== null)
    return character(Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? "", 16), 0x10ffff);
  const octal = scanner.take(inClass ? OCTAL_IN_CLASS : OCTAL);
  if (octal !== null) return character(Number.parseInt(octal[1] ?? "", 8), 0o377);
  const letter = scanner.take(SIMPLE)?.[1];
  if (letter !== undefined) return readLetter(letter, flags, inClass);
  if (!inClass && scanner.take(GROUP_REFERENCE) !== null) {
    throw new PatternError("references to groups are not supported");
  }
  if (scanner.take(NAMED_CHARACTER) !== null) {
    throw new PatternError("characters by name are not supported");
  }
  if (scanner.take(/\\/y) !== null) throw new PatternError("an invalid escape");
  return undefined;
}

function character(code: number, most: number): Escape {
  if (code > most) throw new PatternError("an invalid escape");
  return { code };
}

function readLetter(letter: string, flags: RegexFlags, inClass: boolean): Escape {
  const test = category(letter, flags);
  if (test !== undefined) return { test };
  const position = positionOf(letter, flags);
  if (position !== undefined && !inClass) return { position };
  const control = CONTROLS.indexOf(letter);
  if (control >= 0) return { code: control + 7 };
  if (position !== undefined) throw new PatternError("an invalid escape");
  return { code: letter.codePointAt(0) ?? 0 };
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
