import { isWord } from "./regex-characters.ts";
import type { Position } from "./regex-syntax.ts";

const NEWLINE = 10;

/** Whether a position holds before the UTF-16 unit `at` of a text. */
export function holdsAt(position: Position, text: string, at: number): boolean {
  switch (position) {
    case "text start":
      return at === 0;
    case "line start":
      return at === 0 || text.charCodeAt(at - 1) === NEWLINE;
    case "text end":
      return at === text.length;
    case "line end":
      return at === text.length || text.charCodeAt(at) === NEWLINE;
    case "before last newline":
      return at === text.length || (at === text.length - 1 && text.charCodeAt(at) === NEWLINE);
    case "word edge":
      return isWordEdge(text, at, false);
    case "ascii word edge":
      return isWordEdge(text, at, true);
    // Python finds neither an edge nor the lack of one in an empty text.
    case "no word edge":
      return text !== "" && !isWordEdge(text, at, false);
    case "no ascii word edge":
      return text !== "" && !isWordEdge(text, at, true);
  }
}

/** The character that starts at a position; -1 at the end. */
export function codeAfter(text: string, at: number): number {
  return text.codePointAt(at) ?? -1;
}

/** The character that ends at a position; -1 at the start. */
export function codeBefore(text: string, at: number): number {
  const unit = at > 0 ? text.charCodeAt(at - 1) : -1;
  const isLowHalf = unit >= 0xdc00 && unit < 0xe000 && at > 1;
  const pair = isLowHalf ? (text.codePointAt(at - 2) ?? 0) : 0;
  return pair > 0xffff ? pair : unit;
}

function isWordEdge(text: string, at: number, ascii: boolean): boolean {
  const before = codeBefore(text, at);
  const after = codeAfter(text, at);
  return (before >= 0 && isWord(before, ascii)) !== (after >= 0 && isWord(after, ascii));
}
