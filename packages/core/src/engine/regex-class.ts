import { type CharacterTest, type RegexFlags, range } from "./regex-characters.ts";
import { readEscape } from "./regex-escape.ts";
import { refuseRest, type Take } from "./scanner.ts";

const OPENING = /\[(\^?)/y;
const CLOSING = /\]/y;
const DASH = /-(?!\])/y;
const ANY = /./suy;

/** Reads a class in brackets; `undefined` where there is none. A bracket that comes first is a member. */
export function readClass(take: Take, flags: RegexFlags): CharacterTest | undefined {
  const opening = take(OPENING);
  if (opening === null) return undefined;
  const tests: CharacterTest[] = [];
  do {
    const first = readMember(take, flags);
    if (take(DASH) === null) {
      tests.push(typeof first === "number" ? range(first, first, flags) : first);
      continue;
    }
    const last = readMember(take, flags);
    const isRange = typeof first === "number" && typeof last === "number" && first <= last;
    tests.push(isRange ? range(first, last, flags) : refuseRest(take));
  } while (take(CLOSING) === null);
  return (code) => tests.some((test) => test(code)) !== (opening[1] === "^");
}

/** A character or a category. */
export function readMember(take: Take, flags: RegexFlags): number | CharacterTest {
  return readEscape(take, flags) ?? take(ANY)?.[0].codePointAt(0) ?? refuseRest(take);
}
