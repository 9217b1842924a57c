/** What one segment of a path selects from a node: a member, an element, or every child. */
export type Selector = string | number | typeof EVERY;

/** One step of a path; with `deep` it also looks into every descendant. */
export interface PathSegment {
  readonly deep: boolean;
  readonly selectors: readonly Selector[];
}

/** Stands for `*`. */
export const EVERY: unique symbol = Symbol("*");

const MEMBER = /[A-Za-z_\u{80}-\u{10ffff}][\w\u{80}-\u{10ffff}]*/uy;
const QUOTED =
  /'(?:[ -&(-[\]-\u{10ffff}]|\\(?:[bfnrt/\\']|u[\da-fA-F]{4}))*'|"(?:[ !#-[\]-\u{10ffff}]|\\(?:[bfnrt/\\"]|u[\da-fA-F]{4}))*"/uy;
const INDEX = /-?[1-9][0-9]*|0/y;
const BLANK = /[ \t\n\r]*/y;

/** Told apart from a syntax error, because a text that is no path is a trait's name. */
export const UNSUPPORTED: unique symbol = Symbol("valid, but not evaluated here");

/**
 * Reads a JSONPath of RFC 9535 with names, indexes, wildcards, unions and descendants.
 *
 * Filters and slices are {@link UNSUPPORTED}; a text that is no path gives `undefined`.
 */
export function parsePath(text: string): readonly PathSegment[] | typeof UNSUPPORTED | undefined {
  let at = 1;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0];
    at += match?.length ?? 0;
    return match;
  };
  const skip = (mark: string): boolean => {
    const found = text.startsWith(mark, at);
    if (found) at += mark.length;
    return found;
  };
  const selector = (): Selector | typeof UNSUPPORTED | undefined => {
    if (skip("*")) return EVERY;
    const quoted = take(QUOTED);
    if (quoted !== undefined) return unquote(quoted);
    const index = take(INDEX);
    if (text[at] === "?" || text[at] === ":") return UNSUPPORTED;
    return index === undefined ? undefined : Number(index);
  };

  const segments: PathSegment[] = [];
  while (at < text.length) {
    take(BLANK);
    const deep = skip("..");
    if (!deep && skip(".") === (text[at] === "[")) return undefined;
    if (text[at] !== "[") {
      const name = skip("*") ? EVERY : take(MEMBER);
      if (name === undefined) return undefined;
      segments.push({ deep, selectors: [name] });
      continue;
    }
    const selectors: Selector[] = [];
    do {
      at++;
      take(BLANK);
      const found = selector();
      if (found === UNSUPPORTED) return UNSUPPORTED;
      if (found === undefined) return undefined;
      selectors.push(found);
      take(BLANK);
    } while (text[at] === ",");
    if (!skip("]")) return undefined;
    segments.push({ deep, selectors });
  }
  return segments;
}

function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1).replace(/\\'|"/g, (mark) => (mark === '"' ? '\\"' : "'"));
  return JSON.parse(`"${quoted.startsWith('"') ? quoted.slice(1, -1) : inner}"`) as string;
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
