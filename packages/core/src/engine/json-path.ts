import { Scanner } from "./scanner.ts";

/** What one segment of a path selects from a node: a member, an element, or every child. */
export type Selector = string | number | typeof EVERY;

/** One step of a path; with `deep` it also looks into every descendant. */
export interface PathSegment {
  readonly deep: boolean;
  readonly selectors: readonly Selector[];
}

/** Stands for `*`. */
export const EVERY: unique symbol = Symbol("*");

const NAME = /[A-Za-z_\u{80}-\u{10ffff}][\w\u{80}-\u{10ffff}]*/uy;
const QUOTED =
  /'((?:[ -&(-[\]-\u{10ffff}]|\\(?:[bfnrt/\\']|u[\da-fA-F]{4}))*)'|"((?:[ !#-[\]-\u{10ffff}]|\\(?:[bfnrt/\\"]|u[\da-fA-F]{4}))*)"/uy;
const INDEX = /(?:-?[1-9][0-9]*|0)(?=[ \t\n\r]*[\],])/y;
/** Where a filter or a slice stands. */
const OTHER_SELECTOR = /\?|-?[0-9]*[ \t\n\r]*:/y;
const BLANK = /[ \t\n\r]*/y;
/** One dot is not for brackets. */
const DOTS = /\.\.|\.(?![.[])|(?=\[)/y;
const STAR = /\*/y;
const OPENING = /\[/y;
const COMMA = /,/y;
const CLOSING = /\]/y;

/** Told apart from a syntax error, because a text that is no path is a trait's name. */
export const UNSUPPORTED: unique symbol = Symbol("valid, but not evaluated here");

/**
 * Reads a JSONPath of RFC 9535 with names, indexes, wildcards, unions and descendants.
 *
 * Filters and slices are {@link UNSUPPORTED}; a text that is no path gives `undefined`.
 */
export function parsePath(text: string): readonly PathSegment[] | typeof UNSUPPORTED | undefined {
  const scanner = new Scanner(text, 1);
  const segments: PathSegment[] = [];
  while (!scanner.ended) {
    scanner.take(BLANK);
    const dots = scanner.take(DOTS)?.[0];
    if (dots === undefined) return undefined;
    const selectors = scanner.take(OPENING) === null ? readName(scanner) : readUnion(scanner);
    if (selectors === UNSUPPORTED || selectors === undefined) return selectors;
    segments.push({ deep: dots === "..", selectors });
  }
  return segments;
}

function readName(scanner: Scanner): Selector[] | undefined {
  const name = scanner.take(STAR) === null ? scanner.take(NAME)?.[0] : EVERY;
  return name === undefined ? undefined : [name];
}

function readUnion(scanner: Scanner): Selector[] | typeof UNSUPPORTED | undefined {
  const selectors: Selector[] = [];
  do {
    scanner.take(BLANK);
    const selector = readSelector(scanner);
    if (selector === undefined) {
      return scanner.take(OTHER_SELECTOR) === null ? undefined : UNSUPPORTED;
    }
    selectors.push(selector);
    scanner.take(BLANK);
  } while (scanner.take(COMMA) !== null);
  return scanner.take(CLOSING) === null ? undefined : selectors;
}

function readSelector(scanner: Scanner): Selector | undefined {
  if (scanner.take(STAR) !== null) return EVERY;
  const quoted = scanner.take(QUOTED);
  if (quoted === null) {
    const index = scanner.take(INDEX);
    return index === null ? undefined : Number(index[0]);
  }
  const [, single, double] = quoted;
  // Single quotes are escaped where JSON escapes double ones.
  const json = single?.replace(/\\'|"/g, (mark) => (mark === '"' ? '\\"' : "'")) ?? double;
  return JSON.parse(`"${json}"`) as string;
}

/** Descendants can be many where a path has several `..`; what takes longer than this selects nothing. */
const MOST_VISITS = 20_000;

/** The first node a path selects, in the order of RFC 9535; `undefined` where there is none. */
export function firstNode(root: unknown, path: readonly PathSegment[]): unknown {
  let visits = 0;
  return walk(root, 0);

  function walk(start: unknown, depth: number): unknown {
    const segment = path[depth];
    if (segment === undefined) return start;
    const pending = [start];
    while (pending.length > 0 && visits++ < MOST_VISITS) {
      const node = pending.pop();
      for (const selector of segment.selectors) {
        for (const child of select(node, selector)) {
          const found = walk(child, depth + 1);
          if (found !== undefined) return found;
        }
      }
      if (segment.deep) for (const child of select(node, EVERY).reverse()) pending.push(child);
    }
    return undefined;
  }
}

function select(node: unknown, selector: Selector): unknown[] {
  if (typeof node !== "object" || node === null) return [];
  if (selector === EVERY) return Object.values(node);
  if (typeof selector === "number") {
    const element: unknown = Array.isArray(node) ? node.at(selector) : undefined;
    return element === undefined ? [] : [element];
  }
  const own = !Array.isArray(node) && Object.hasOwn(node, selector);
  return own ? [(node as Readonly<Record<string, unknown>>)[selector]] : [];
}
