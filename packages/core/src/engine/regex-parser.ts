import { anyCharacter, literal, type RegexFlags } from "./regex-characters.ts";
import { readClass } from "./regex-class.ts";
import { readEscape } from "./regex-escape.ts";
import { PatternError, type RegexNode, width } from "./regex-syntax.ts";
import { Scanner } from "./scanner.ts";

const NO_FLAGS: RegexFlags = { a: false, i: false, m: false, s: false, x: false };
/** Groups are read by recursion; Python gives up on deep ones too. */
const DEEPEST_GROUP = 100;

/** Even in a comment a backslash hides the character after it. */
const COMMENT = /\(\?#(?:[^)\\]|\\[\s\S])*\)/y;
const COMMENT_OR_BLANK =
  /\(\?#(?:[^)\\]|\\[\s\S])*\)|[ \t\n\r\v\f]+|#(?:[^\n\\]|\\[\s\S])*(?:\n|$)/y;
const LEADING_FLAGS = /\(\?([aimsux]+)\)/y;
const OPTION_END = /(?=[|)]|$)/y;
const OR = /\|/y;
/** Braces that bound nothing are plain characters. */
const QUANTIFIER = /(?:[*+?]|\{(?!\})(\d*)(,?)(\d*)\})([?+]?)/y;
const OPENING = /\((?!\?)/y;
const CLOSING = /\)/y;
const NAMED_OPENING = /\(\?P<([\p{XID_Start}_]\p{XID_Continue}*)>/uy;
const LOOK_OPENING = /\(\?(<?)([=!])/y;
const SCOPED_OPENING = /\(\?([aimsux]*)(?:-([imsx]+))?:/y;
const UNSUPPORTED_OPENING = /\(\?(?:[>(]|P=)/y;
const UNKNOWN_OPENING = /\(/y;

/** Reads a pattern in the dialect of Python's `re`; throws a {@link PatternError}. */
export function parseRegex(pattern: string): RegexNode {
  return new Parser(pattern).parse();
}

class Parser {
  readonly #scanner: Scanner;
  readonly #names = new Set<string>();
  #depth = 0;

  constructor(pattern: string) {
    this.#scanner = new Scanner(pattern);
  }

  parse(): RegexNode {
    const node = this.#choice(this.#leadingFlags());
    if (!this.#scanner.ended) throw new PatternError("an unmatched )");
    return node;
  }

  #take(expression: RegExp): RegExpExecArray | null {
    return this.#scanner.take(expression);
  }

  /** Flags for the whole pattern are allowed at its start only. */
  #leadingFlags(): RegexFlags {
    let flags = NO_FLAGS;
    for (let all = ""; ; flags = switchFlags(NO_FLAGS, all, "")) {
      this.#skipIgnored(flags);
      const letters = this.#take(LEADING_FLAGS)?.[1];
      if (letters === undefined) return flags;
      all += letters;
    }
  }

  /** Passes over comments and, in verbose mode, whitespace. */
  #skipIgnored({ x }: RegexFlags): void {
    while (this.#take(x ? COMMENT_OR_BLANK : COMMENT) !== null);
  }

  #choice(flags: RegexFlags): RegexNode {
    if (++this.#depth > DEEPEST_GROUP) throw new PatternError("groups are nested too deep");
    const options = [this.#sequence(flags)];
    while (this.#take(OR) !== null) options.push(this.#sequence(flags));
    this.#depth--;
    return { kind: "choice", options };
  }

  #sequence(flags: RegexFlags): RegexNode {
    const items: RegexNode[] = [];
    for (;;) {
      this.#skipIgnored(flags);
      if (this.#take(OPTION_END) !== null) return { kind: "sequence", items };
      const quantifier = this.#take(QUANTIFIER);
      items.push(quantifier === null ? this.#item(flags) : repeat(quantifier, items.pop()));
    }
  }

  #item(flags: RegexFlags): RegexNode {
    const escaped = readEscape(this.#scanner, flags, false);
    if (escaped !== undefined) {
      if ("position" in escaped) return { kind: "position", position: escaped.position };
      const test = "test" in escaped ? escaped.test : literal(escaped.code, flags);
      return { kind: "character", test };
    }
    const compound = readClass(this.#scanner, flags) ?? this.#group(flags);
    if (compound !== undefined) return compound;
    const code = this.#scanner.takeCode();
    switch (String.fromCodePoint(code)) {
      case ".":
        return { kind: "character", test: anyCharacter(flags) };
      case "^":
        return { kind: "position", position: flags.m ? "line start" : "text start" };
      case "$":
        return { kind: "position", position: flags.m ? "line end" : "before last newline" };
      default:
        return { kind: "character", test: literal(code, flags) };
    }
  }

  #group(flags: RegexFlags): RegexNode | undefined {
    if (this.#take(OPENING) !== null) return this.#inside(flags);
    const name = this.#take(NAMED_OPENING)?.[1];
    if (name !== undefined) {
      if (this.#names.has(name)) throw new PatternError("a repeated group name");
      this.#names.add(name);
      return this.#inside(flags);
    }
    const look = this.#take(LOOK_OPENING);
    if (look !== null) {
      const ahead = look[1] === "";
      const item = this.#inside(flags);
      const [min, max] = width(item);
      if (!ahead && min !== max) throw new PatternError("lookbehind needs a fixed width");
      return { kind: "look", item, ahead, negated: look[2] === "!" };
    }
    const scoped = this.#take(SCOPED_OPENING);
    if (scoped !== null) return this.#inside(switchFlags(flags, scoped[1] ?? "", scoped[2] ?? ""));
    if (this.#take(UNSUPPORTED_OPENING) !== null) {
      throw new PatternError("references, conditional and atomic groups are not supported");
    }
    if (this.#take(UNKNOWN_OPENING) !== null) throw new PatternError("an unknown kind of group");
    return undefined;
  }

  #inside(flags: RegexFlags): RegexNode {
    const node = this.#choice(flags);
    if (this.#take(CLOSING) === null) throw new PatternError("a group without end");
    return node;
  }
}

function repeat(quantifier: RegExpExecArray, item: RegexNode | undefined): RegexNode {
  const [text, low, comma, high, suffix] = quantifier;
  if (item === undefined || item.kind === "position") throw new PatternError("nothing to repeat");
  if (item.kind === "repeat") throw new PatternError("a repeated repetition");
  // Laziness changes what is captured, not whether anything matches.
  if (suffix === "+") throw new PatternError("possessive repetition is not supported");
  const min = text.startsWith("+") ? 1 : Number(low ?? 0);
  let max = text.startsWith("?") ? 1 : Infinity;
  if (high) max = Number(high);
  else if (comma === "") max = min;
  if (max < min) throw new PatternError("a repetition with its bounds swapped");
  return { kind: "repeat", item, min, max };
}

function switchFlags(flags: RegexFlags, on: string, off: string): RegexFlags {
  const ascii = on.includes("a");
  const unicode = on.includes("u");
  if ((ascii && unicode) || [...on].some((flag) => off.includes(flag))) {
    throw new PatternError("flags that contradict each other");
  }
  const value = (flag: "i" | "m" | "s" | "x") =>
    (flags[flag] || on.includes(flag)) && !off.includes(flag);
  return {
    a: ascii || (flags.a && !unicode),
    i: value("i"),
    m: value("m"),
    s: value("s"),
    x: value("x"),
  };
}
