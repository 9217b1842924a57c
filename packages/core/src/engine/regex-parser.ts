import {
  anyCharacter,
  type ClassItem,
  characterClass,
  literal,
  type RegexFlags,
} from "./regex-characters.ts";
import { type Escape, readEscape } from "./regex-escape.ts";
import { PatternError, type RegexNode, width } from "./regex-syntax.ts";

const NO_FLAGS: RegexFlags = { a: false, i: false, m: false, s: false, x: false };
const GROUP_NAME = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;
/** Groups are read by recursion; Python gives up on deep ones too. */
const DEEPEST_GROUP = 100;
/** Whitespace that the verbose flag passes over. */
const BLANKS = " \t\n\r\v\f";

/** Reads a pattern in the dialect of Python's `re`; throws a {@link PatternError}. */
export function parseRegex(pattern: string): RegexNode {
  return new Parser(pattern).parse();
}

class Parser {
  /** Whole characters, as Python counts them. */
  readonly #pattern: readonly string[];
  readonly #names = new Set<string>();
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#pattern = Array.from(pattern);
  }

  parse(): RegexNode {
    const node = this.#choice(this.#leadingFlags());
    if (this.#at < this.#pattern.length) throw new PatternError("an unmatched )");
    return node;
  }

  #take(text: string): boolean {
    const found = this.#pattern[this.#at] === text;
    if (found) this.#at++;
    return found;
  }

  #takeAll(text: string): boolean {
    const end = this.#at + text.length;
    const found = this.#pattern.slice(this.#at, end).join("") === text;
    if (found) this.#at = end;
    return found;
  }

  #takeUntil(end: string): string {
    const stop = this.#pattern.indexOf(end, this.#at);
    if (stop < 0) throw new PatternError(`no ${end} where one is needed`);
    const text = this.#pattern.slice(this.#at, stop).join("");
    this.#at = stop + 1;
    return text;
  }

  /** Flags for the whole pattern are allowed at its start only. */
  #leadingFlags(): RegexFlags {
    let flags = NO_FLAGS;
    for (let all = ""; ; ) {
      this.#skipIgnored(flags);
      const rest = this.#pattern.slice(this.#at, this.#at + 32).join("");
      const letters = /^\(\?([aimsux]+)\)/.exec(rest)?.[1];
      if (letters === undefined) return flags;
      this.#at += letters.length + 3;
      all += letters;
      flags = switchFlags(NO_FLAGS, all, "");
    }
  }

  /** Passes over comments and, in verbose mode, whitespace. */
  #skipIgnored({ x }: RegexFlags): void {
    for (;;) {
      const next = this.#pattern[this.#at];
      if (x && next !== undefined && BLANKS.includes(next)) this.#at++;
      else if (x && next === "#") this.#skipComment("\n");
      else if (!this.#takeAll("(?#")) return;
      else if (!this.#skipComment(")")) throw new PatternError("a comment without end");
    }
  }

  /** Even here a backslash hides the character after it. */
  #skipComment(end: string): boolean {
    while (this.#at < this.#pattern.length) {
      if (this.#take(end)) return true;
      this.#at += this.#pattern[this.#at] === "\\" ? 2 : 1;
    }
    if (this.#at > this.#pattern.length) throw new PatternError("a backslash at the end");
    return false;
  }

  #choice(flags: RegexFlags): RegexNode {
    if (++this.#depth > DEEPEST_GROUP) throw new PatternError("groups are nested too deep");
    const options = [this.#sequence(flags)];
    while (this.#take("|")) options.push(this.#sequence(flags));
    this.#depth--;
    return { kind: "choice", options };
  }

  #sequence(flags: RegexFlags): RegexNode {
    const items: RegexNode[] = [];
    for (;;) {
      this.#skipIgnored(flags);
      const next = this.#pattern[this.#at];
      if (next === undefined || next === "|" || next === ")") break;
      const repeat = this.#quantifier(next);
      if (repeat === undefined) {
        items.push(this.#item(next, flags));
        continue;
      }
      const item = items.pop();
      if (item === undefined || item.kind === "position") {
        throw new PatternError("nothing to repeat");
      }
      if (item.kind === "repeat") throw new PatternError("a repeated repetition");
      items.push({ kind: "repeat", item, min: repeat[0], max: repeat[1] });
    }
    return { kind: "sequence", items };
  }

  /** A quantifier at the current position; braces that are none are plain characters. */
  #quantifier(next: string): readonly [number, number] | undefined {
    let bounds: readonly [number, number] | undefined;
    if (next === "*") bounds = [0, Infinity];
    else if (next === "+") bounds = [1, Infinity];
    else if (next === "?") bounds = [0, 1];
    else if (next === "{") return this.#braces();
    if (bounds !== undefined) this.#at++;
    return bounds && this.#withSuffix(bounds);
  }

  #braces(): readonly [number, number] | undefined {
    let end = this.#at + 1;
    while (/^[0-9,]$/.test(this.#pattern[end] ?? "")) end++;
    if (this.#pattern[end] !== "}") return undefined;
    const match = /^([0-9]*)(,?)([0-9]*)$/.exec(this.#pattern.slice(this.#at + 1, end).join(""));
    if (match === null || match[0] === "") return undefined;
    this.#at = end + 1;
    const [, low, comma, high] = match;
    const min = Number(low);
    const max = comma === "" ? min : high === "" ? Infinity : Number(high);
    if (max < min) throw new PatternError("a repetition with its bounds swapped");
    return this.#withSuffix([min, max]);
  }

  #withSuffix(bounds: readonly [number, number]): readonly [number, number] {
    // Laziness changes what is captured, not whether anything matches.
    if (!this.#take("?") && this.#take("+")) {
      throw new PatternError("possessive repetition is not supported");
    }
    return bounds;
  }

  #item(next: string, flags: RegexFlags): RegexNode {
    if (next === "\\") {
      const escaped = this.#escape(flags, false);
      if ("position" in escaped) return { kind: "position", position: escaped.position };
      const test = "test" in escaped ? escaped.test : literal(escaped.code, flags);
      return { kind: "character", test };
    }
    this.#at++;
    switch (next) {
      case ".":
        return { kind: "character", test: anyCharacter(flags) };
      case "^":
        return { kind: "position", position: flags.m ? "line start" : "text start" };
      case "$":
        return { kind: "position", position: flags.m ? "line end" : "before last newline" };
      case "[":
        return this.#class(flags);
      case "(":
        return this.#take("?") ? this.#extension(flags) : this.#group(flags);
      default:
        return { kind: "character", test: literal(next.codePointAt(0) ?? 0, flags) };
    }
  }

  #escape(flags: RegexFlags, inClass: boolean): Escape {
    const { meaning, end } = readEscape(this.#pattern, this.#at, { flags, inClass });
    this.#at = end;
    return meaning;
  }

  #class(flags: RegexFlags): RegexNode {
    const negated = this.#take("^");
    const items: ClassItem[] = [];
    while (items.length === 0 || !this.#take("]")) {
      const first = this.#classItem(flags);
      if (!this.#take("-")) {
        items.push(first);
        continue;
      }
      if (this.#take("]")) {
        items.push(first, { low: 45, high: 45 });
        break;
      }
      const last = this.#classItem(flags);
      if (!("low" in first && "low" in last) || last.low < first.low) {
        throw new PatternError("a bad range in a class");
      }
      items.push({ low: first.low, high: last.low });
    }
    return { kind: "character", test: characterClass(items, negated, flags) };
  }

  #classItem(flags: RegexFlags): ClassItem {
    const next = this.#pattern[this.#at];
    if (next === undefined) throw new PatternError("a class without end");
    if (next !== "\\") this.#at++;
    const item = next === "\\" ? this.#escape(flags, true) : { code: next.codePointAt(0) ?? 0 };
    if ("test" in item) return item;
    const code = "code" in item ? item.code : 0;
    return { low: code, high: code };
  }

  #group(flags: RegexFlags): RegexNode {
    const node = this.#choice(flags);
    if (!this.#take(")")) throw new PatternError("a group without end");
    return node;
  }

  /** What follows `(?`. */
  #extension(flags: RegexFlags): RegexNode {
    if (this.#take(":")) return this.#group(flags);
    if (this.#takeAll("P<")) {
      const name = this.#takeUntil(">");
      if (!GROUP_NAME.test(name) || this.#names.has(name)) {
        throw new PatternError("a bad or repeated group name");
      }
      this.#names.add(name);
      return this.#group(flags);
    }
    for (const ahead of [true, false]) {
      for (const negated of [true, false]) {
        if (this.#takeAll(`${ahead ? "" : "<"}${negated ? "!" : "="}`)) {
          return this.#look(flags, ahead, negated);
        }
      }
    }
    if (this.#takeAll("P=")) throw new PatternError("references to groups are not supported");
    if (this.#take("(")) throw new PatternError("conditional groups are not supported");
    if (this.#take(">")) throw new PatternError("atomic groups are not supported");
    return this.#group(this.#scopedFlags(flags));
  }

  #look(flags: RegexFlags, ahead: boolean, negated: boolean): RegexNode {
    const item = this.#group(flags);
    const [min, max] = width(item);
    if (!ahead && min !== max) throw new PatternError("lookbehind needs a fixed width");
    return { kind: "look", item, ahead, negated };
  }

  #scopedFlags(flags: RegexFlags): RegexFlags {
    const rest = this.#pattern.slice(this.#at, this.#at + 16).join("");
    const match = /^(?=[^:])([aimsux]*)(?:-([imsx]+))?:/.exec(rest);
    if (match === null) throw new PatternError("unknown or misplaced flags");
    this.#at += match[0].length;
    return switchFlags(flags, match[1] ?? "", match[2] ?? "");
  }
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
