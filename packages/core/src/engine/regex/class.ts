import { refuseRest, type Take } from "../scanner.ts";
import { type CharacterTest, category, type RegexFlags, range } from "./characters.ts";

const openingPattern = /\[(\^?)/y;
/**
 * A character by its number, a letter of known meaning, or a character that stands for itself. Characters by name
 * (`\N`) would need a table of all of them.
 */
const memberPattern =
  /\\(?:(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U00(?:0[\da-fA-F]|10)[\da-fA-F]{4})|(?![4-7][0-7]{2})([0-7]{1,3})|([abfnrtvdDsSwW]|[^A-Za-z0-9]))|[^\\]|(?=\\(N)?)/uy;
const controlLetters = "abtnvfr";

/** Reads a class in brackets; `undefined` where there is none. A bracket that comes first is a member. */
export function readClass(take: Take, flags: RegexFlags): CharacterTest | undefined {
  const opening = take(openingPattern);
  if (opening === null) return undefined;
  const tests: CharacterTest[] = [];
  do {
    const first = readMember(take, flags);
    const last = take(/-(?!\])/y) === null ? first : readMember(take, flags);
    if (typeof first === "number" && typeof last === "number") {
      tests.push(first <= last ? range(first, last, flags) : refuseRest(take));
    } else {
      tests.push(typeof first !== "number" && first === last ? first : refuseRest(take));
    }
  } while (take(/\]/y) === null);
  return (code) => tests.some((test) => test(code)) !== (opening[1] === "^");
}

/** A character or a category. */
export function readMember(take: Take, flags: RegexFlags): number | CharacterTest {
  const [text = "", hex, octal, sign, named] = take(memberPattern) ?? [];
  if (hex !== undefined) return Number.parseInt(hex.slice(1), 16);
  if (octal !== undefined) return Number.parseInt(octal, 8);
  const code = (sign ?? text).codePointAt(0) ?? refuseRest(take, named !== undefined);
  if (sign === undefined) return code;
  const control = controlLetters.indexOf(sign);
  return category(sign, flags) ?? (control < 0 ? code : control + 7);
}
