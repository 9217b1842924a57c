import { type CharacterTest, category, type RegexFlags } from "./regex-characters.ts";
import { refuseRest, type Take } from "./scanner.ts";

const HEX = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U((?:000[\da-fA-F]|0010)[\da-fA-F]{4}))/y;
const OCTAL = /\\(?![4-7][0-7]{2})([0-7]{1,3})/y;
/** Letters of known meaning, and what is no letter or digit, which stands for itself. */
const SIGN = /\\([abfnrtvdDsSwW]|[^A-Za-z0-9])/uy;
const CONTROLS = "abtnvfr";
/** Characters by name would need a table of all of them. */
const OTHER = /(?=\\(N)?)/y;

/** Reads an escape that stands for a character or a category; `undefined` where there is none. */
export function readEscape(take: Take, flags: RegexFlags): number | CharacterTest | undefined {
  const hex = take(HEX);
  if (hex !== null) return Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? "", 16);
  const octal = take(OCTAL)?.[1];
  if (octal !== undefined) return Number.parseInt(octal, 8);
  const sign = take(SIGN)?.[1];
  if (sign !== undefined) {
    const control = CONTROLS.indexOf(sign);
    return category(sign, flags) ?? (control < 0 ? sign.codePointAt(0) : control + 7);
  }
  const other = take(OTHER);
  if (other !== null) refuseRest(take, other[1] !== undefined);
  return undefined;
}
