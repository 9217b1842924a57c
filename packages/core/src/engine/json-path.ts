import { hasEnded, refuseRest, scan } from "./scanner.ts";

/** What one segment of a path selects from a node: a member, an element, or, as `null`, every child. */
export type Selector = string | number | null;

/** One step of a path; with `deep` it also looks into every descendant. */
export interface PathSegment {
  readonly deep: boolean;
  readonly selectors: readonly Selector[];
}

/** One dot is not for brackets. */
const dotsPattern = /[ \t\n\r]*(\.\.|\.(?![.[])|(?=\[))/y;
const namePattern = /\*|(?!\d)[\w\u{80}-\u{10ffff}]+/uy;
const openingPattern = /\[[ \t\n\r]*/y;
/** Where a filter or a slice stands. */
const otherSelectorPattern = /(?=\?|-?\d*[ \t\n\r]*:)/y;
const selectorPattern = /\*|(-?[1-9]\d*|0)|(['"])((?:(?!\2)[^\\]|\\.)*)\2/y;
const commaPattern = /[ \t\n\r]*,[ \t\n\r]*/y;
const closingPattern = /[ \t\n\r]*\]/y;

/**
 * Reads a JSONPath of RFC 9535 with names, indexes, wildcards, unions and descendants; filters and slices are
 * refused. Throws a `SyntaxError` where a text is no path.
 */
export function parsePath(text: string): readonly PathSegment[] {
  const take = scan(text, 1);
  const segments: PathSegment[] = [];
  while (!hasEnded(take)) {
    const selectors: Selector[] = [];
    segments.push({ deep: expect(dotsPattern)[1] === "..", selectors });
    if (take(openingPattern) === null) {
      selectors.push(toSelector(expect(namePattern)));
      continue;
    }
    do {
      if (take(otherSelectorPattern) !== null) refuseRest(take, true);
      selectors.push(toSelector(expect(selectorPattern)));
    } while (take(commaPattern) !== null);
    expect(closingPattern);
  }
  return segments;

  function expect(expression: RegExp): RegExpExecArray {
    const found = take(expression);
    if (found === null) throw new SyntaxError();
    return found;
  }
}

function toSelector([text, index, quote, quoted = ""]: RegExpExecArray): Selector {
  if (quote !== undefined) return unquote(quoted, quote);
  if (index !== undefined) return Number(index);
  return text === "*" ? null : text;
}

/** Single quotes are escaped where JSON escapes double ones. */
function unquote(text: string, quote: string): string {
  const json = quote === '"' ? text : text.replaceAll("\\'", "'").replaceAll('"', '\\"');
  return JSON.parse(`"${json}"`) as string;
}

/** Descendants can be many where a path has several `..`; what takes longer than this selects nothing. */
const maxVisits = 20_000;

/** The first node a path selects, in the order of RFC 9535; `undefined` where there is none. */
export function firstNode(root: unknown, path: readonly PathSegment[]): unknown {
  let visits = 0;
  return walk(root, 0);

  function walk(start: unknown, depth: number): unknown {
    const segment = path[depth];
    if (segment === undefined) return start;
    const pending = [start];
    while (pending.length > 0 && visits++ < maxVisits) {
      const node = pending.pop();
      for (const selector of segment.selectors) {
        for (const child of select(node, selector)) {
          const found = walk(child, depth + 1);
          if (found !== undefined) return found;
        }
      }
      if (segment.deep) for (const child of select(node, null).reverse()) pending.push(child);
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
  const own = !Array.isArray(node) && Object.hasOwn(node, selector);
  return own ? [(node as Readonly<Record<string, unknown>>)[selector]] : [];
}
