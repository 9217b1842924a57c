import type { Take } from "../scanner.ts";
import { category, type RegexFlags } from "./characters.ts";

/** Something that holds before the UTF-16 unit `at` of a text or not, without consuming a character. */
export type Assertion = (text: string, at: number) => boolean;

const textStart: Assertion = (_, at) => at === 0;
const lineStart: Assertion = (text, at) => at === 0 || text[at - 1] === "\n";
const textEnd: Assertion = (text, at) => at === text.length;
const lineEnd: Assertion = (text, at) => at === text.length || text[at] === "\n";
const lastLineEnd: Assertion = (text, at) => at >= text.length - 1 && lineEnd(text, at);

const signPattern = /[$^]|\\[AZbB]/y;
/** By sign, and by sign and flag where one matters to it. */
const bySign: Readonly<Record<string, Assertion>> = {
  "^": textStart,
  "^m": lineStart,
  $: lastLineEnd,
  $m: lineEnd,
  "\\A": textStart,
  "\\Z": textEnd,
  "\\b": wordEdge("", true),
  "\\ba": wordEdge("a", true),
  "\\B": wordEdge("", false),
  "\\Ba": wordEdge("a", false),
};

/** Reads what consumes no character, always as the same function; `undefined` where there is none. */
export function readAssertion(take: Take, flags: RegexFlags): Assertion | undefined {
  const [sign = ""] = take(signPattern) ?? [];
  return [...flags, ""].map((flag) => bySign[sign + flag]).find(Boolean);
}

/** Whether an assertion can hold only at the start and at the end of a text. */
export function holdsOnlyAtEnds(assertion: Assertion): boolean {
  return [textStart, textEnd, lastLineEnd].includes(assertion);
}

/** The character that starts at a position; -1 at the end. */
export function codeAfter(text: string, at: number): number {
  return text.codePointAt(at) ?? -1;
}

/** The character that ends at a position; -1 at the start. */
export function codeBefore(text: string, at: number): number {
  const pair = codeAfter(text, at - 2);
  return pair > 0xffff ? pair : codeAfter(text, at - 1);
}

/** Python finds neither an edge nor the lack of one in an empty text. */
function wordEdge(flags: RegexFlags, wanted: boolean): Assertion {
  const test = category("w", flags);
  const isWord = (code: number) => code >= 0 && test?.(code) === true;
  return (text, at) =>
    text !== "" && (isWord(codeBefore(text, at)) !== isWord(codeAfter(text, at))) === wanted;
}
