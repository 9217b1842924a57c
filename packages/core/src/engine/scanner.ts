import { refuse } from "./refusal.ts";

/** Gives what a sticky expression finds at the place reached so far, and goes on behind it. */
export type Take = (expected: RegExp) => RegExpExecArray | null;

const endPattern = /$/y;
const nextCharacters = /.{0,20}/suy;

/** Reads a text from its start to its end, one expected piece after the other. */
export function scan(text: string, start = 0): Take {
  let at = start;
  return (expected) => {
    expected.lastIndex = at;
    const found = expected.exec(text);
    if (found !== null) at += found[0].length;
    return found;
  };
}

/** Whether the whole text has been read. */
export function hasEnded(take: Take): boolean {
  return take(endPattern) !== null;
}

/** Gives up on the text and shows what comes next in it, which may be valid all the same. */
export function refuseRest(take: Take, isValid = false): never {
  const next = take(nextCharacters)?.[0];
  refuse(`${isValid ? "not supported" : "invalid"} at ${next ? `"${next}"` : "its end"}`);
}
