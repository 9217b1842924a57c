import { type ClassItem, characterClass, type RegexFlags } from "./regex-characters.ts";
import { readEscape } from "./regex-escape.ts";
import { PatternError, type RegexNode } from "./regex-syntax.ts";
import type { Scanner } from "./scanner.ts";

const OPENING = /\[(\^?)/y;
const CLOSING = /\]/y;
const DASH = /-/y;

/** Reads a class in brackets; `undefined` where there is none. A bracket that comes first is a member. */
export function readClass(scanner: Scanner, flags: RegexFlags): RegexNode | undefined {
  const opening = scanner.take(OPENING);
  if (opening === null) return undefined;
  const items: ClassItem[] = [];
  while (items.length === 0 || scanner.take(CLOSING) === null) {
    const first = readItem(scanner, flags);
    if (scanner.take(DASH) === null) {
      items.push(first);
      continue;
    }
    if (scanner.take(CLOSING) !== null) {
      items.push(first, { low: 45, high: 45 });
      break;
    }
    const last = readItem(scanner, flags);
    if (!("low" in first && "low" in last) || last.low < first.low) {
      throw new PatternError("a bad range in a class");
    }
    items.push({ low: first.low, high: last.low });
  }
  return { kind: "character", test: characterClass(items, opening[1] === "^", flags) };
}

function readItem(scanner: Scanner, flags: RegexFlags): ClassItem {
  const item = readEscape(scanner, flags, true) ?? { code: scanner.takeCode() };
  if ("test" in item) return item;
  const code = "code" in item ? item.code : -1;
  if (code < 0) throw new PatternError("a class without end");
  return { low: code, high: code };
}
