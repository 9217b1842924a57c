import { isJsonObject } from "./reader.ts";
import { isAtEnd, refuseNext, Scanner } from "./scanner.ts";
import { spend, type Work } from "./work.ts";

/** Selects a child of a node by name or by index. `null` selects every child. */
type Selector = string | number | null;

/** One step of a path. */
export interface PathSegment {
  /** Whether it also selects from every descendant of the node. */
  readonly isDescendant: boolean;
  readonly selectors: readonly Selector[];
}

/** A single dot cannot be followed by brackets. */
const dotsPattern = /[ \t\n\r]*(\.\.|\.(?![.[])|(?=\[))/y;
/** Like in the server's parser, a name without quotes has no characters above U+FFFF. */
const namePattern = /\*|(?!\d)[\w\u{80}-\u{ffff}]+/uy;
const bracketPattern = /\[[ \t\n\r]*/y;
/** Matches before a filter or a slice, which are not supported. */
const otherSelectorPattern = /(?=\?|-?\d*[ \t\n\r]*:)/y;
const selectorPattern = /\*|(-?[1-9]\d*|0)|(['"])((?:(?!\2)[^\\]|\\.)*)\2/y;
const commaPattern = /[ \t\n\r]*,[ \t\n\r]*/y;
const closingPattern = /[ \t\n\r]*\]/y;

/**
 * Parses a JSONPath of RFC 9535 with names, indexes, wildcards, unions and descendants. Filters and slices are refused.
 *
 * @throws a `SyntaxError` if the text is not a JSONPath.
 */
export function parsePath(text: string): readonly PathSegment[] {
  const scanner = new Scanner(text, 1);
  const segments: PathSegment[] = [];
  while (!isAtEnd(scanner)) {
    const selectors: Selector[] = [];
    segments.push({ isDescendant: expect(dotsPattern)[1] === "..", selectors });
    if (!scanner.take(bracketPattern)) {
      selectors.push(toSelector(expect(namePattern)));
      continue;
    }
    do {
      if (scanner.take(otherSelectorPattern)) refuseNext(scanner, "not supported");
      selectors.push(toSelector(expect(selectorPattern)));
    } while (scanner.take(commaPattern));
    expect(closingPattern);
  }
  return segments;

  function expect(expression: RegExp): RegExpExecArray {
    const found = scanner.take(expression);
    if (!found) throw new SyntaxError();
    return found;
  }
}

function toSelector([text, index, quote, quoted = ""]: RegExpExecArray): Selector {
  if (quote) return unquote(quoted, quote);
  if (index) return Number(index);
  return text === "*" ? null : text;
}

/** Reads a quoted name. Names in single quotes escape single quotes, which JSON does not. */
function unquote(text: string, quote: string): string {
  const json = quote === '"' ? text : text.replaceAll("\\'", "'").replaceAll('"', '\\"');
  return JSON.parse(`"${json}"`) as string;
}

/** The steps to visit a node. */
const visitSteps = 20;

/**
 * Finds the first node that a path selects, in the order of RFC 9535. Returns `undefined` if there is none. Refuses to
 * continue if `..` visits too many nodes.
 */
export function findFirstNode(root: unknown, path: readonly PathSegment[], work: Work): unknown {
  return walk(root, 0);

  function walk(start: unknown, depth: number): unknown {
    const segment = path[depth];
    if (!segment) return start;
    const pending = [start];
    while (pending.length > 0) {
      const node = pending.pop();
      spend(work, visitSteps);
      for (const selector of segment.selectors) {
        for (const child of select(node, selector)) {
          spend(work, 1);
          const found = walk(child, depth + 1);
          if (found !== undefined) return found;
        }
      }
      if (segment.isDescendant)
        for (const child of select(node, null).reverse()) pending.push(child);
    }
    return undefined;
  }
}

function select(node: unknown, selector: Selector): unknown[] {
  if (typeof node !== "object" || node === null) return [];
  if (selector === null) return Object.values(node);
  if (typeof selector === "number") {
    return Array.isArray(node) ? node.slice(selector, selector + 1 || undefined) : [];
  }
  return isJsonObject(node) && Object.hasOwn(node, selector) ? [node[selector]] : [];
}
