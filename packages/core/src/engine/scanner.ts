/** Reads a text from its start to its end, one expected piece after the other. */
export class Scanner {
  readonly #text: string;
  #at: number;

  constructor(text: string, start = 0) {
    this.#text = text;
    this.#at = start;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  /** What a sticky expression finds here; the scanner then stands behind it. */
  take(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  /** The next character, whole, as its code point; -1 at the end. */
  takeCode(): number {
    const code = this.#text.codePointAt(this.#at) ?? -1;
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }
}
