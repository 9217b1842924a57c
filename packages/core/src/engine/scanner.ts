import { quote, refuse } from "./refusal.ts";

const endPattern = /$/y;
const nextCharactersPattern = /.{0,20}/suy;

/** Reads a text from its start to its end, token by token. */
export class Scanner {
  readonly #text: string;
  #position: number;

  constructor(text: string, position = 0) {
    this.#text = text;
    this.#position = position;
  }

  /** Matches a sticky expression at the current position and moves past the match. Returns `null` without a match. */
  take(expected: RegExp): RegExpExecArray | null {
    expected.lastIndex = this.#position;
    const found = expected.exec(this.#text);
    if (found) this.#position += found[0].length;
    return found;
  }
}

/** Whether the whole text has been read. */
export function isAtEnd(scanner: Scanner): boolean {
  return scanner.take(endPattern) !== null;
}

/** Refuses the text and quotes its next characters. */
export function refuseNext(
  scanner: Scanner,
  complaint: "invalid" | "not supported" = "invalid",
): never {
  const next = scanner.take(nextCharactersPattern)?.[0];
  refuse(`${complaint} at ${next ? quote(next) : "its end"}`);
}
