import type { Scanner } from "../scanner.ts";
import type { Work } from "../work.ts";
import { findCategory, type RegexFlags } from "./characters.ts";

/** Whether a condition holds before the UTF-16 unit `at` of a text. Consumes no character. */
export type Assertion = (text: string, at: number, work: Work) => boolean;

const textStart: Assertion = (_, at) => at === 0;
const lineStart: Assertion = (text, at) => at === 0 || text[at - 1] === "\n";
const textEnd: Assertion = (text, at) => at === text.length;
const lineEnd: Assertion = (text, at) => at === text.length || text[at] === "\n";
const lastLineEnd: Assertion = (text, at, work) => at >= text.length - 1 && lineEnd(text, at, work);

const signPattern = /[$^]|\\[AZbB]/y;
/** By sign, and by sign and flag if the flag changes the meaning. */
const assertions: Readonly<Record<string, Assertion>> = {
  "^": textStart,
  "^m": lineStart,
  $: lastLineEnd,
  $m: lineEnd,
  "\\A": textStart,
  "\\Z": textEnd,
  "\\b": createWordBoundary("", true),
  "\\ba": createWordBoundary("a", true),
  "\\B": createWordBoundary("", false),
  "\\Ba": createWordBoundary("a", false),
};

/** Reads an assertion such as `^` or `\b`. Returns `undefined` if none comes next, and one function for equal assertions. */
export function readAssertion(scanner: Scanner, flags: RegexFlags): Assertion | undefined {
  const [sign = ""] = scanner.take(signPattern) ?? [];
  return [...flags, ""].map((flag) => assertions[sign + flag]).find(Boolean);
}

/** Whether an assertion can hold only at the start and at the end of a text. */
export function holdsOnlyAtEnds(assertion: Assertion): boolean {
  return [textStart, textEnd, lastLineEnd].includes(assertion);
}

/** Returns the character that starts at a position, or -1 at the end. */
export function getCodeAfter(text: string, at: number): number {
  return text.codePointAt(at) ?? -1;
}

/** Returns the character that ends at a position, or -1 at the start. */
export function getCodeBefore(text: string, at: number): number {
  const pair = getCodeAfter(text, at - 2);
  return pair > 0xffff ? pair : getCodeAfter(text, at - 1);
}

/** Creates the assertion of `\b` or `\B`. In an empty text, neither holds in Python. */
function createWordBoundary(flags: RegexFlags, isBoundary: boolean): Assertion {
  const test = findCategory("w", flags);
  const isWord = (code: number, work: Work) => code >= 0 && test?.has(code, work) === true;
  return (text, at, work) =>
    text !== "" &&
    (isWord(getCodeBefore(text, at), work) !== isWord(getCodeAfter(text, at), work)) === isBoundary;
}
