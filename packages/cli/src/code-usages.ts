import jsTokens, { type JSXToken, type Token } from "js-tokens";

/** A place in the source code that names a feature. */
export interface Usage {
  readonly feature: string;
  /** Starts at 1. */
  readonly line: number;
  /**
   * - `call`: the name is an argument of a function that reads a flag.
   * - `definition`: a member of `defineFlags`, which is no use by itself.
   * - `mention`: another text or member with the name of a known feature.
   */
  readonly kind: "call" | "definition" | "mention";
}

/** The uses of features in a file. */
export interface FileUsages {
  readonly usages: readonly Usage[];
  /** The lines of calls whose feature is computed. */
  readonly computed: readonly number[];
}

/** Functions of Flagsmith's and OpenFeature's clients whose first argument is a feature. */
const readers: ReadonlySet<string> = new Set([
  "isFeatureEnabled",
  "getFeatureValue",
  "getExperimentFlag",
  "trackExposureEvent",
  "hasFeature",
  ...["Boolean", "String", "Number", "Object"].flatMap((type) => [
    `get${type}Value`,
    `get${type}Details`,
  ]),
]);

/** Readers of flags whose names other objects use as well. They count for an object that is called flags. */
const commonReaders: ReadonlySet<string> = new Set([
  "getNumber",
  "getString",
  "getJson",
  "getFlag",
]);

/** The tokens that can follow a complete argument. In TypeScript, its type may be asserted: `"name" as Name`. */
const argumentEnds: readonly string[] = [",", ")", "as", "satisfies", "!"];

/** Finds the features that JavaScript or TypeScript names, without comments. */
export function findUsagesInScript(
  text: string,
  known: ReadonlySet<string>,
  { jsx = false, firstLine = 1 }: { readonly jsx?: boolean; readonly firstLine?: number } = {},
): FileUsages {
  const tokens = readTokens(jsx ? blankTypeParameters(text) : text, jsx, firstLine);
  const usages: Usage[] = [];
  const computed: number[] = [];
  const counted = new Set<LineToken>();
  for (const [index, token] of tokens.entries()) {
    const first = token.type === "IdentifierName" ? findArguments(tokens, index) : undefined;
    if (first === undefined) continue;
    if (token.value === "defineFlags") {
      for (const member of listMembers(tokens, first)) {
        counted.add(member);
        usages.push({ feature: unquote(member), line: member.line, kind: "definition" });
      }
    }
    if (!isReader(tokens, index)) continue;
    const argument = tokens[first];
    const isComplete = argumentEnds.includes(tokens[first + 1]?.value ?? "");
    if (argument === undefined || argument.value === ")") continue;
    if (isText(argument) && isComplete) {
      counted.add(argument);
      usages.push({ feature: unquote(argument), line: argument.line, kind: "call" });
    } else if (isMember(tokens, index)) {
      // A declaration of such a function has no object.
      computed.push(token.line);
    }
  }
  for (const token of tokens) {
    const feature = isText(token) || token.type === "JSXString" ? unquote(token) : token.value;
    const isName = token.type === "IdentifierName" || token.type === "JSXString" || isText(token);
    if (isName && known.has(feature) && !counted.has(token)) {
      usages.push({ feature, line: token.line, kind: "mention" });
    }
  }
  return { usages, computed };
}

/** A word of a text. */
const wordPattern = /[\p{L}\p{N}_$]+/gu;

/** Finds the names of known features in a text of any language. */
export function findMentions(text: string, known: ReadonlySet<string>): readonly Usage[] {
  // Most names are one word. Looking up each word of the text is faster than searching for each name.
  const others = [...known].filter(
    (name) => name.replace(wordPattern, "") !== "" && text.includes(name),
  );
  return text.split("\n").flatMap((line, index) => {
    const words = (line.match(wordPattern) ?? []).filter((word) => known.has(word));
    const found = [...words, ...others.filter((name) => containsWord(line, name))];
    return Array.from(
      new Set(found),
      (feature): Usage => ({ feature, line: index + 1, kind: "mention" }),
    );
  });
}

/** A comment or a script of a page. The front matter is a script, `<script />` is empty. */
const partPattern =
  /<!--[\s\S]*?(?:-->|$)|(^---\r?\n|<script\b[^>]{0,2000}(?<!\/)>)([\s\S]*?)(?:\n---|<\/script>|$)/g;

/** A call in a template whose first argument is a text. */
const templateCallPattern = /\b[\w$.?]{1,200}\(\s*(?:"[^"\n]*"|'[^'\n]*'|`[^`\n]*`)\s*[,)]/g;

/** Finds the features in a page of Vue, Svelte, Astro or HTML: in scripts, in calls of templates, and by name. */
export function findUsagesInPage(text: string, known: ReadonlySet<string>): FileUsages {
  const lineStarts = Array.from(text.matchAll(/\n/g), ({ index }) => index + 1);
  const find = (code: string, start: number) => {
    return findUsagesInScript(code, known, { firstLine: findLine(lineStarts, start) });
  };
  const template = text.replaceAll(partPattern, blank);
  const found = [
    ...Array.from(text.matchAll(partPattern), ({ 1: open = "", 2: code = "", index }) =>
      find(code, index + open.length),
    ),
    ...Array.from(template.matchAll(templateCallPattern), ({ 0: code, index }) =>
      find(code, index),
    ),
  ];
  const usages = found.flatMap((part) => part.usages);
  const places = new Set(usages.map(({ feature, line }) => `${line} ${feature}`));
  const others = findMentions(text, known).filter(
    ({ feature, line }) => !places.has(`${line} ${feature}`),
  );
  return { usages: [...usages, ...others], computed: found.flatMap((part) => part.computed) };
}

/** The number of the line with a character. Starts of lines are sorted, without that of the first line. */
function findLine(lineStarts: readonly number[], at: number): number {
  let [low, high] = [0, lineStarts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lineStarts[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}

/** Keeps only the line breaks. */
function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, " ");
}

/** A file with more generic functions is searched in part. */
const maxGenericFunctions = 30;

/**
 * In a `.tsx` file, a generic function such as `<T,>(x: T) => x` begins like an element, and the code behind it looks like
 * text. Replaces the bracket by a space.
 */
function blankTypeParameters(text: string): string {
  let code = text;
  for (let count = 0; count < maxGenericFunctions; count++) {
    const start = findFalseElement(code);
    if (start === undefined) break;
    code = `${code.slice(0, start)} ${code.slice(start + 1)}`;
  }
  return code;
}

/** The start of an element with something that no element can contain. */
function findFalseElement(code: string): number | undefined {
  const open: number[] = [];
  let at = 0;
  let before = "";
  for (const { type, value } of jsTokens(code, { jsx: true })) {
    if (type === "JSXInvalid") return open.pop();
    if (type === "JSXPunctuator") {
      if (value === "<") open.push(at);
      // The slash of `<br />` ends one element. That of `</p>` has a bracket of its own.
      if (value === "/") open.splice(before === "<" ? -2 : -1);
    }
    before = value;
    at += value.length;
  }
  return undefined;
}

type LineToken = (Token | JSXToken) & { readonly line: number };

const blankTypes: readonly string[] = [
  "WhiteSpace",
  "LineTerminatorSequence",
  "MultiLineComment",
  "SingleLineComment",
];

/** Reads the tokens without comments and white space. */
function readTokens(text: string, jsx: boolean, firstLine: number): readonly LineToken[] {
  const tokens: LineToken[] = [];
  let line = firstLine;
  const all: Iterable<Token | JSXToken> = jsx ? jsTokens(text, { jsx }) : jsTokens(text);
  for (const token of all) {
    if (!blankTypes.includes(token.type)) tokens.push({ ...token, line });
    line += token.value.match(/\r\n|[\n\r\u2028\u2029]/g)?.length ?? 0;
  }
  return tokens;
}

/** Longer arguments and type arguments of a call are not read. */
const maxArgumentTokens = 200;

/** The index of the first argument of a call, behind `?.` and type arguments. `undefined` if it is no call. */
function findArguments(tokens: readonly LineToken[], index: number): number | undefined {
  let at = index + (tokens[index + 1]?.value === "?." ? 2 : 1);
  // A comparison also has a `<`.
  const end = at + maxArgumentTokens;
  let depth = 0;
  do {
    const { value = ";" } = tokens[at] ?? {};
    if (value === ";") return undefined;
    if (value === "<") depth += 1;
    else if (/^>+$/.test(value)) depth -= value.length;
    else if (depth === 0) return value === "(" ? at + 1 : undefined;
    at += 1;
  } while (depth >= 0 && at < end);
  return undefined;
}

function isReader(tokens: readonly LineToken[], index: number): boolean {
  const name = tokens[index]?.value ?? "";
  if (readers.has(name)) return true;
  if (!commonReaders.has(name) || !isMember(tokens, index)) return false;
  return /flags$/i.test(findOwner(tokens, index - 2));
}

/** Keywords in front of an expression in parentheses. */
const keywords: ReadonlySet<string> = new Set(
  "await case default do else in of return throw typeof void yield".split(" "),
);

/** The name of an object that ends at an index, or of the function that returns it. */
function findOwner(tokens: readonly LineToken[], last: number): string {
  let end = last;
  while (tokens[end]?.value === "!") end -= 1;
  const { value = "" } = tokens[end] ?? {};
  if (value !== ")") return value;
  let [start, depth] = [end, 1];
  while (depth > 0) {
    start -= 1;
    const { value: bracket = "" } = tokens[start] ?? {};
    if (bracket === ")") depth += 1;
    if (bracket === "(") depth -= 1;
    if (start < 0 || end - start > maxArgumentTokens) return "";
  }
  const before = tokens[start - 1];
  // Otherwise it is `(flags as Flags)` or `(await getFlags())`.
  const isCall = before?.type === "IdentifierName" && !keywords.has(before.value);
  return isCall ? before.value : findOwner(tokens, end - 1);
}

function isMember(tokens: readonly LineToken[], index: number): boolean {
  return [".", "?."].includes(tokens[index - 1]?.value ?? "");
}

/** The names of the members of an object literal that starts at an index. */
function listMembers(tokens: readonly LineToken[], start: number): readonly LineToken[] {
  if (tokens[start]?.value !== "{") return [];
  const members: LineToken[] = [];
  let depth = 0;
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index];
    // Another definition is read by itself. Otherwise many of them, without ends, would take quadratic time.
    if (token === undefined || token.value === "defineFlags") break;
    const isName = token.type === "IdentifierName" || isText(token);
    const next = tokens[index + 1]?.value;
    const before = tokens[index - 1]?.value ?? "";
    if (depth === 1 && isName && next === ":" && ["{", ","].includes(before)) members.push(token);
    // A computed name: ["__proto__"]: …
    if (depth === 2 && isText(token) && before === "[" && next === "]") {
      if (tokens[index + 2]?.value === ":") members.push(token);
    }
    if (["(", "[", "{"].includes(token.value)) depth += 1;
    if ([")", "]", "}"].includes(token.value)) depth -= 1;
    if (depth === 0) break;
  }
  return members;
}

function isText({ type }: LineToken): boolean {
  return type === "StringLiteral" || type === "NoSubstitutionTemplate";
}

/** The text of a literal. Escapes other than quotes and backslashes are rare in names of features. */
function unquote(token: LineToken): string {
  if (token.type === "IdentifierName") return token.value;
  const inner = token.value.slice(1, -1);
  try {
    const escaped = inner
      .replaceAll("\\'", "'")
      .replaceAll("\\`", "`")
      .replaceAll(/(?<!\\)"/g, '\\"');
    return JSON.parse(`"${escaped}"`);
  } catch {
    return inner;
  }
}

/** Whether a line contains a name that is no part of a longer one. */
function containsWord(line: string, word: string): boolean {
  const isPart = (character: string | undefined) =>
    character !== undefined && /[\p{L}\p{N}_$]/u.test(character);
  for (let at = line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1)) {
    if (!isPart(line[at - 1]) && !isPart(line[at + word.length])) return true;
  }
  return false;
}
